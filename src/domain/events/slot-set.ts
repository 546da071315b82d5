import type { EventOf } from './envelope.js';

export const slotSetVersion = 1;

/** Where an alias leads. An alias is a plain word of the developer's own, and must not name a person. */
export interface PointedSlot {
  readonly alias: string;
  /** Direct references, as they were spelt, in the order they are tried; at least one. */
  readonly target: readonly string[];
}

/** A developer pointed one of the account's slots somewhere. */
export type SlotSet = EventOf<'SlotSet', PointedSlot>;
