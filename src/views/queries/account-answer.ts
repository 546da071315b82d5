import { creditLeft } from '../../domain/account/account-credit.js';
import type { Tier } from '../../domain/pricing/tier.js';
import type { AccountDocument } from '../projections/accounts.js';
import { usdJson, type UsdJson } from '../usd-json.js';

/** A developer's account as the operator sees it. */
export interface AccountAnswer {
  readonly id: string;
  readonly object: 'account';
  /** Unix seconds. */
  readonly created_at: number;
  readonly tier: Tier;
  /**
   * The account's own credit: all that was granted, what calls through the platform's keys drew, and the rest, which
   * may be negative.
   */
  readonly credit_granted_usd: UsdJson;
  readonly credit_used_usd: UsdJson;
  readonly credit_remaining_usd: UsdJson;
  readonly rate_limit_rpm: number | null;
  readonly rate_limit_tpm: number | null;
}

/** Makes the answer of one account. */
export function accountAnswer({
  id,
  createdAt,
  tier,
  credit,
  rateLimitRpm,
  rateLimitTpm,
}: AccountDocument): AccountAnswer {
  return {
    id,
    object: 'account',
    created_at: Math.floor(createdAt / 1000),
    tier,
    credit_granted_usd: usdJson(credit.grantedNanoUsd),
    credit_used_usd: usdJson(credit.drawnNanoUsd),
    credit_remaining_usd: usdJson(creditLeft(credit).toString()),
    rate_limit_rpm: rateLimitRpm,
    rate_limit_tpm: rateLimitTpm,
  };
}
