import type { Metadata } from '../metadata.js';
import type { EventOf } from './envelope.js';

export const customerUpdatedVersion = 1;

/** Some of a customer's fields changed; `changed` names them, `personal` holds their new values. */
export type CustomerUpdated = EventOf<
  'CustomerUpdated',
  { readonly changed: readonly ('name' | 'metadata')[] },
  { readonly name?: string | null; readonly metadata?: Metadata }
>;
