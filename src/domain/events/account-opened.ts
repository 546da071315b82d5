import type { EventOf } from './envelope.js';

export const accountOpenedVersion = 1;

/** A developer's account exists. Calls without attribution are booked under its `unattributedCustomer`. */
export type AccountOpened = EventOf<'AccountOpened', { readonly unattributedCustomer: string }>;
