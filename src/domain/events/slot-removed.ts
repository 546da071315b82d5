import type { EventOf } from './envelope.js';

export const slotRemovedVersion = 1;

/** A developer removed one of the account's slots; the platform's slot of that alias, if there is one, counts again. */
export type SlotRemoved = EventOf<'SlotRemoved', { readonly alias: string }>;
