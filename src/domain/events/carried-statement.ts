import type { NanoUsdText } from '../money.js';

/** Money set aside for a call that is under way. */
export interface OpenHold {
  /** The UTC month (`yyyymm`) it was taken in: the budget it counts against, also when it is settled later. */
  readonly month: string;
  /** What of the budget is set aside, null when there was none. */
  readonly costNanoUsd: NanoUsdText | null;
  /** What of the wallet is set aside, null when there was none. */
  readonly walletNanoUsd: NanoUsdText | null;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** A customer's prepaid money. Never negative but by an overrun, which is flagged. */
export interface Wallet {
  readonly balanceNanoUsd: NanoUsdText;
  /** What of the balance open holds set aside. */
  readonly heldNanoUsd: NanoUsdText;
  readonly lastTopUpNanoUsd: NanoUsdText;
  /**
   * What has been given back for each call that had a refund, by request id: never more than the call paid, however
   * often.
   */
  readonly refunded: Readonly<Record<string, NanoUsdText>>;
  /** The balance is below a fifth of the last top-up, or gone, and that has been said. */
  readonly low: boolean;
  readonly empty: boolean;
}

/** What a statement hands on to the next month's: the budget, the wallet, and the holds of calls still under way. */
export interface CarriedStatement {
  /** Ceiling on the cost of one month; null is none. */
  readonly capNanoUsd: NanoUsdText | null;
  /** Null until the first top-up. */
  readonly wallet: Wallet | null;
  readonly holds: Readonly<Record<string, OpenHold>>;
}

/** The beginning of a customer without a budget. */
export const NOTHING_CARRIED: CarriedStatement = { capNanoUsd: null, wallet: null, holds: {} };
