import type { NanoUsdText } from '../money.js';
import type { StatementState } from './statement.js';

/** The most a call can come to, in tokens. */
export interface TokenBound {
  readonly inputTokens: number;
  /** Of all answers together. */
  readonly outputTokens: number;
  /** The output limit of each answer that makes the bound true; to be sent upstream when the caller gave none. */
  readonly outputLimit: number;
}

/** The bound of a call that two bounds are known of: both are true, so it is the smaller of each. */
export function tighterBound(one: TokenBound | undefined, other: TokenBound | undefined): TokenBound | undefined {
  if (!one || !other) return one ?? other;
  return {
    inputTokens: Math.min(one.inputTokens, other.inputTokens),
    outputTokens: Math.min(one.outputTokens, other.outputTokens),
    outputLimit: Math.min(one.outputLimit, other.outputLimit),
  };
}

/** A hold that was placed for a call. Plain JSON. */
export interface PlacedHold {
  /** `hold_…` */
  readonly hold: string;
  /** The UTC month (`yyyymm`) it was taken in. */
  readonly month: string;
  /** What of the budget is set aside, null when the customer has none. */
  readonly costNanoUsd: NanoUsdText | null;
  /** What of the wallet is set aside, null when the customer has none. */
  readonly walletNanoUsd: NanoUsdText | null;
  /** What it was made of, undefined where a fixed amount is paid whatever the call comes to. */
  readonly bound: TokenBound | undefined;
}

/** Whether a customer's calls need a hold at all. */
export function isLimited({ capNanoUsd, wallet }: StatementState): boolean {
  return capNanoUsd !== null || wallet !== null;
}
