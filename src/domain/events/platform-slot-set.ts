import type { PlatformEventOf } from './envelope.js';
import type { PointedSlot } from './slot-set.js';

export const platformSlotSetVersion = 1;

/** The operator pointed a slot somewhere that every account has, unless it has one of that alias itself. */
export type PlatformSlotSet = PlatformEventOf<'PlatformSlotSet', PointedSlot>;
