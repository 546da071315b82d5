import type { NanoUsdText } from '../money.js';
import type { AppliedPrice } from '../pricing.js';
import type { TokenUsage } from '../tokens.js';
import type { EventOf } from './envelope.js';

export const usageRecordedVersion = 1;

/**
 * How a call ended, seen from the ledger: `completed` = the caller got the whole answer; `aborted` = the
 * caller left; `failed` = the upstream did not deliver.
 */
export type Outcome = 'completed' | 'aborted' | 'failed';

/**
 * `estimated` = tokens counted here since the provider reported none; `unpriced` = the price of a used
 * component is unknown; `sandbox` = served by the sandbox provider.
 */
export type UsageFlag = 'estimated' | 'unpriced' | 'sandbox';

/** One upstream attempt, measured and priced. `costNanoUsd` is null exactly when flagged `unpriced`. */
export type UsageRecorded = EventOf<'UsageRecorded', UsageRecordedData, UsagePersonal>;

/** What is known of the attempt: where it went, how it ended, what it used and what that costs. */
export interface UsageRecordedData {
  readonly endpoint: 'chat.completions';
  readonly provider: string;
  /** The reference as the caller spelt it, and the direct one that served. */
  readonly refAsked: string;
  readonly refUsed: string;
  /** The model name the provider answered with, null when it never did. */
  readonly upstreamModel: string | null;
  readonly stream: boolean;
  /** 1 for the first upstream attempt of a request. */
  readonly attempt: number;
  readonly outcome: Outcome;
  /** The HTTP status the caller got or, once a stream had begun, would have got. */
  readonly status: number;
  /** Code of the error table when the call failed, else null. */
  readonly errorCode: string | null;
  readonly tokens: TokenUsage;
  readonly priceBook: string;
  readonly price: AppliedPrice;
  readonly costNanoUsd: NanoUsdText | null;
  /** What the developer charges for the call, null when not said. */
  readonly billableNanoUsd: NanoUsdText | null;
  readonly flags: readonly UsageFlag[];
  /** Milliseconds from the call's arrival to the record, of which `overheadMs` inside Ringside before the first byte left. */
  readonly latencyMs: number;
  readonly overheadMs: number;
}

/** The attribution a caller gave; it may name a person, so it is stored encrypted. */
export interface UsagePersonal {
  readonly tags?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly sessionId?: string;
}
