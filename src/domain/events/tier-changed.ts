import type { Tier } from '../pricing/tier.js';
import type { EventOf } from './envelope.js';

export const tierChangedVersion = 1;

/** The operator gave the account another tier. */
export type TierChanged = EventOf<'TierChanged', { readonly tier: Tier }>;
