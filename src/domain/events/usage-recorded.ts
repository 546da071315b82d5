import type { NanoUsdText } from '../money.js';
import type { AppliedPrice } from '../pricing/pricing.js';
import type { TokenUsage } from '../pricing/tokens.js';
import type { Endpoint } from '../call/call.js';
import type { EventOf } from './envelope.js';

export const usageRecordedVersion = 4;

/**
 * How a call ended, seen from the ledger: `completed` = the caller got the whole answer; `aborted` = the
 * caller left; `failed` = the upstream did not deliver.
 */
export type AttemptOutcome = 'completed' | 'aborted' | 'failed';

/**
 * `estimated` = tokens counted here since the provider reported none, or the most that was held in place of a cost that
 * nobody knows; `unpriced` = the price of a used component is unknown; `sandbox` = served by the sandbox provider;
 * `overrun` = more than was held for it; `late` = the customer had a budget or wallet, but no hold was open: it had
 * expired, or the call began before there was a limit; `flagged` = a moderation found something.
 */
export type UsageFlag = 'estimated' | 'unpriced' | 'sandbox' | 'overrun' | 'late' | 'flagged';

/** One upstream attempt, measured and priced. `costNanoUsd` is null exactly when flagged `unpriced`. */
export type UsageRecorded = EventOf<'UsageRecorded', UsageRecordedData, UsagePersonal>;

/** What is known of the attempt: where it went, how it ended, what it used and what that costs. */
export interface UsageRecordedData {
  readonly endpoint: Endpoint;
  readonly provider: string;
  /** The reference as the caller spelt it, and the direct one that served. */
  readonly refAsked: string;
  readonly refUsed: string;
  /** The model name the provider answered with, null when it never did. */
  readonly upstreamModel: string | null;
  readonly stream: boolean;
  /** 1 for the first upstream attempt of a request. */
  readonly attempt: number;
  /** Whether it is the request's last: how it ended is how the request ended. */
  readonly final: boolean;
  readonly outcome: AttemptOutcome;
  /** The HTTP status the caller got or, once a stream had begun, would have got. */
  readonly status: number;
  /** Code of the error table when the call failed, else null. */
  readonly errorCode: string | null;
  readonly tokens: TokenUsage;
  /** What the provider bills instead of `tokens`, null where both are one. */
  readonly billedTokens: TokenUsage | null;
  /**
   * The cost where it does not follow from tokens and price: what the provider says or, where the answer was served on
   * terms without a known price and money is limited, the most that was held. Else null.
   */
  readonly statedCostNanoUsd: NanoUsdText | null;
  readonly priceBook: string;
  readonly price: AppliedPrice;
  readonly costNanoUsd: NanoUsdText | null;
  /** What the developer charges for the call, null when not said. */
  readonly billableNanoUsd: NanoUsdText | null;
  readonly flags: readonly UsageFlag[];
  /** The hold it settles, null when none was placed. */
  readonly hold: string | null;
  /**
   * The month (`yyyymm`) in which its hold was taken, when that is over: the usage counts there. Else null: it counts
   * when it was recorded.
   */
  readonly countsIn: string | null;
  /** What the customer's wallet paid, null when it has none. */
  readonly wallet: WalletDebit | null;
  /**
   * What it draws from the account's own credit: the cost and the tier's mark-up; null where the platform did not pay
   * the provider.
   */
  readonly creditNanoUsd: NanoUsdText | null;
  /**
   * Milliseconds from the call's arrival to the record, of which `overheadMs` inside Ringside before the first byte
   * left.
   */
  readonly latencyMs: number;
  readonly overheadMs: number;
}

/** What a call took from a wallet, and what that left. */
export interface WalletDebit {
  /** `txn_…` */
  readonly transaction: string;
  readonly debitNanoUsd: NanoUsdText;
  readonly balanceNanoUsd: NanoUsdText;
}

/** Version 3 knew fewer kinds of tokens and prices; what it does not name is none. */
type UsageRecordedV3 = UsageRecordedData;

/**
 * Version 2 knew one attempt a request, no other cost than that of its tokens, one lifetime of cache writes, and audio
 * tokens in one sum.
 */
type UsageRecordedV2 = Omit<UsageRecordedData, 'final' | 'billedTokens' | 'statedCostNanoUsd' | 'tokens'> & {
  readonly tokens: TokensV2;
};

type TokensV2 = Omit<TokenUsage, 'cacheWrite1h' | 'audioInput' | 'audioOutput'> & { readonly audio: number };

/** Version 1 knew no holds and wallets, and what a call drew from the account's credit was not said. */
export function usageRecordedFromV1(
  data: Omit<UsageRecordedV2, 'hold' | 'countsIn' | 'wallet' | 'creditNanoUsd'>,
): UsageRecordedV2 {
  return { ...data, hold: null, countsIn: null, wallet: null, creditNanoUsd: null };
}

/** What version 2 could not say was so. */
export function usageRecordedFromV2(data: UsageRecordedV2): UsageRecordedV3 {
  const { audio, ...others } = data.tokens;
  // Audio had no price then, wherever it stood, so that it does not matter which of the two it is.
  const audioInput = Math.min(audio, others.input - others.cachedInput - others.cacheWrite);
  const tokens = { ...others, cacheWrite1h: 0, audioInput, audioOutput: Math.min(audio - audioInput, others.output) };
  return { ...data, tokens, final: true, billedTokens: null, statedCostNanoUsd: null };
}

/** Version 3 said the same in the same words. */
export function usageRecordedFromV3(data: UsageRecordedV3): UsageRecordedData {
  return data;
}

/** The attribution a caller gave; it may name a person, so it is stored encrypted. */
export interface UsagePersonal {
  readonly tags?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly sessionId?: string;
}
