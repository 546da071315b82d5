import type { UsageTotals } from '../../domain/events/usage-totals.js';
import { usdJson, type UsdJson } from '../usd-json.js';
import type { RowHead, RowsTail, SummedHead, SummedUsage } from './summed-usage.js';

/** Sums as the API shows them. */
export interface TotalsAnswer {
  readonly requests: number;
  readonly failed_requests: number;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  /** Without the calls whose price is unknown; these are counted in `unpriced_requests`. */
  readonly cost_usd: UsdJson;
  readonly billable_usd: UsdJson;
  readonly unpriced_requests: number;
  readonly estimated_requests: number;
}

/** Usage as the API shows it. */
export interface UsageAnswer extends SummedHead, RowsTail {
  readonly object: 'usage';
  readonly total_cost_usd: UsdJson;
  readonly total: TotalsAnswer;
  readonly data: readonly (RowHead & TotalsAnswer)[];
}

/** The public form of summed usage. */
export function usageAnswer({ head, total, rows, tail }: SummedUsage): UsageAnswer {
  return {
    object: 'usage',
    ...head,
    total_cost_usd: usdJson(total.costNanoUsd),
    total: totalsAnswer(total),
    data: rows.map((row) => ({ ...row.head, ...totalsAnswer(row.totals) })),
    ...tail,
  };
}

function totalsAnswer(totals: UsageTotals): TotalsAnswer {
  return {
    requests: totals.requests,
    failed_requests: totals.failedRequests,
    input_tokens: totals.inputTokens,
    cached_input_tokens: totals.cachedInputTokens,
    cache_write_tokens: totals.cacheWriteTokens,
    output_tokens: totals.outputTokens,
    reasoning_tokens: totals.reasoningTokens,
    cost_usd: usdJson(totals.costNanoUsd),
    billable_usd: usdJson(totals.billableNanoUsd),
    unpriced_requests: totals.unpricedRequests,
    estimated_requests: totals.estimatedRequests,
  };
}
