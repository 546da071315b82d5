import type { Metadata } from '../metadata.js';
import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const customerCreatedVersion = 2;

/** Calls a minute and tokens a minute; null is no limit. */
export interface RateLimitSettings {
  readonly rateLimitRpm: number | null;
  readonly rateLimitTpm: number | null;
}

/**
 * An end customer of the account exists; `unattributed` marks the account's pseudo-customer, which has no external id.
 * The budget it begins with stands here and not in an event of its own, so that there is no moment at which it could be
 * overspent.
 */
export type CustomerCreated = EventOf<
  'CustomerCreated',
  { readonly unattributed: boolean; readonly capNanoUsd: NanoUsdText | null } & RateLimitSettings,
  { readonly externalId: string; readonly name: string | null; readonly metadata: Metadata }
>;

/** Version 1 knew no budgets and rate limits. */
export function customerCreatedFromV1(data: { readonly unattributed: boolean }): CustomerCreated['data'] {
  return { ...data, capNanoUsd: null, rateLimitRpm: null, rateLimitTpm: null };
}
