import type { Metadata } from '../metadata.js';
import type { RateLimitSettings } from './customer-created.js';
import type { EventOf } from './envelope.js';

export const customerUpdatedVersion = 2;

/**
 * Some of a customer's fields changed; `changed` names them. New rate limits stand beside it, `personal` holds the
 * other new values.
 */
export type CustomerUpdated = EventOf<
  'CustomerUpdated',
  { readonly changed: readonly ('name' | 'metadata' | keyof RateLimitSettings)[] } & Partial<RateLimitSettings>,
  { readonly name?: string | null; readonly metadata?: Metadata }
>;
