import { nanoUsd, type NanoUsd } from '../money.js';

/** Every tier, in rising order. */
export const TIERS = ['developer', 'pro', 'enterprise'] as const;

/**
 * What an account pays on top of a provider's prices on calls through the platform's keys: `developer` 10 %, the others
 * nothing (api.md §6).
 */
export type Tier = (typeof TIERS)[number];

/** The tier of an account that was never given another. */
export const FIRST_TIER: Tier = 'developer';

/** What each tier pays on top, in percent. */
const MARK_UP_PERCENT: Readonly<Record<Tier, bigint>> = { developer: 10n, pro: 0n, enterprise: 0n };

/** A provider's price with the tier's mark-up, rounded half up to the nano-dollar. */
export function withMarkUp(cost: NanoUsd, tier: Tier): NanoUsd {
  return nanoUsd((cost * (100n + MARK_UP_PERCENT[tier]) + 50n) / 100n);
}

/**
 * The greatest price that comes to no more than an amount once the tier's mark-up is on it; below zero for an amount
 * that is.
 */
export function withoutMarkUp(amount: NanoUsd, tier: Tier): NanoUsd {
  return amount < 0n ? amount : nanoUsd((amount * 100n + 49n) / (100n + MARK_UP_PERCENT[tier]));
}
