import type { UsageRecordedData } from './usage-recorded.js';
import { addNanoUsdText, type NanoUsdText } from '../money.js';

/**
 * Sums over usage events, as statements, views and answers share them. Counts are whole numbers, money is
 * nano-USD as decimal strings. Calls without a known price count in `unpricedRequests` and add no cost.
 */
export interface UsageTotals {
  readonly requests: number;
  readonly failedRequests: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costNanoUsd: NanoUsdText;
  readonly billableNanoUsd: NanoUsdText;
  /** Calls that delivered something, for which the developer named no amount to charge. */
  readonly unbilledRequests: number;
  readonly unpricedRequests: number;
  readonly estimatedRequests: number;
}

export const NO_USAGE: UsageTotals = {
  requests: 0,
  failedRequests: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: '0',
  billableNanoUsd: '0',
  unbilledRequests: 0,
  unpricedRequests: 0,
  estimatedRequests: 0,
};

/** What of a usage event counts in totals. */
export type Countable = Pick<
  UsageRecordedData,
  'final' | 'outcome' | 'tokens' | 'costNanoUsd' | 'billableNanoUsd' | 'flags'
>;

/**
 * The totals one usage event contributes. A request counts once, with its last attempt; what its attempts used counts
 * with each.
 */
export function totalsOf(usage: Countable): UsageTotals {
  return {
    requests: usage.final ? 1 : 0,
    failedRequests: usage.final && usage.outcome === 'failed' ? 1 : 0,
    inputTokens: usage.tokens.input,
    cachedInputTokens: usage.tokens.cachedInput,
    cacheWriteTokens: usage.tokens.cacheWrite,
    outputTokens: usage.tokens.output,
    reasoningTokens: usage.tokens.reasoning,
    costNanoUsd: usage.costNanoUsd ?? '0',
    billableNanoUsd: usage.billableNanoUsd ?? '0',
    unbilledRequests: usage.final && usage.billableNanoUsd === null && usage.outcome !== 'failed' ? 1 : 0,
    unpricedRequests: usage.flags.includes('unpriced') ? 1 : 0,
    estimatedRequests: usage.flags.includes('estimated') ? 1 : 0,
  };
}

/** The sum of two totals, field by field. */
export function addTotals(a: UsageTotals, b: UsageTotals): UsageTotals {
  return {
    requests: a.requests + b.requests,
    failedRequests: a.failedRequests + b.failedRequests,
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    costNanoUsd: addNanoUsdText(a.costNanoUsd, b.costNanoUsd),
    billableNanoUsd: addNanoUsdText(a.billableNanoUsd, b.billableNanoUsd),
    unbilledRequests: a.unbilledRequests + b.unbilledRequests,
    unpricedRequests: a.unpricedRequests + b.unpricedRequests,
    estimatedRequests: a.estimatedRequests + b.estimatedRequests,
  };
}
