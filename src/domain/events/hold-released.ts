import type { EventOf } from './envelope.js';

export const holdReleasedVersion = 1;

/**
 * What was held is free again: `released` = the call was never sent; `expired` = nobody settled it in time, since the
 * process that worked on it died.
 */
export type HoldReleased = EventOf<'HoldReleased', { readonly hold: string; readonly reason: 'released' | 'expired' }>;
