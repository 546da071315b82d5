import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const creditGrantedVersion = 2;

/**
 * The account got credit from the platform: once at sign-up, and whenever the operator gives more. `note` is the
 * operator's own words.
 */
export type CreditGranted = EventOf<
  'CreditGranted',
  { readonly amountNanoUsd: NanoUsdText; readonly reason: 'sign_up' | 'operator'; readonly note: string | null }
>;

/** Version 1 knew the credit of the sign-up only, and no notes. */
export function creditGrantedFromV1(data: Omit<CreditGranted['data'], 'note'>): CreditGranted['data'] {
  return { ...data, note: null };
}
