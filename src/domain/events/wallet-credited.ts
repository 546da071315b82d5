import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const walletCreditedVersion = 1;

/** A change of the wallet that is not a call's: paid in, corrected by hand, or given back for a call. */
export type CreditKind = 'topup' | 'adjust' | 'refund';

/**
 * The wallet's balance changed other than by a call; the first top-up makes the wallet. `note` is the developer's own
 * words.
 */
export type WalletCredited = EventOf<
  'WalletCredited',
  {
    /** `txn_…` */
    readonly transaction: string;
    readonly kind: CreditKind;
    /** Negative only for an `adjust` downwards. */
    readonly amountNanoUsd: NanoUsdText;
    /** The balance afterwards. */
    readonly balanceNanoUsd: NanoUsdText;
    /** The call a `refund` gives back for, else null. */
    readonly refundedRequest: string | null;
  },
  { readonly note: string }
>;
