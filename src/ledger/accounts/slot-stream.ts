import type { StreamName } from '../journal/event-store.js';

/** What the operator says about slots that every account has stands here. */
export const PLATFORM_SLOTS_STREAM: StreamName = 'platform-slots';

/** Whose a slot is: an account's, or, as null, everybody's. */
export type SlotOwner = string | null;
