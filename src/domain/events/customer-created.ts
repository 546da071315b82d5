import type { Metadata } from '../metadata.js';
import type { EventOf } from './envelope.js';

export const customerCreatedVersion = 1;

/** An end customer of the account exists; `unattributed` marks the account's pseudo-customer, which has no external id. */
export type CustomerCreated = EventOf<
  'CustomerCreated',
  { readonly unattributed: boolean },
  { readonly externalId: string; readonly name: string | null; readonly metadata: Metadata }
>;
