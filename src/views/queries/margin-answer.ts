import { nanoUsd } from '../../domain/money.js';
import type { UsageTotals } from '../../domain/events/usage-totals.js';
import { percentJson, usdJson, type ExactJson, type UsdJson } from '../usd-json.js';
import type { RowHead, RowsTail, SummedHead, SummedUsage } from './summed-usage.js';

/** What came in, what it cost and what is left. */
export interface MarginSums {
  readonly requests: number;
  readonly billable_usd: UsdJson;
  /** Without the calls whose price is unknown; these are counted in `unpriced_requests`. */
  readonly cost_usd: UsdJson;
  /**
   * `billable_usd` − `cost_usd`, which may be negative. With unpriced requests it is the most it can be: their cost
   * still comes off.
   */
  readonly margin_usd: UsdJson;
  /**
   * Per cent of `billable_usd`, to two decimals, rounded half up; null when nothing was billed or a cost is unknown.
   */
  readonly margin_pct: ExactJson | null;
  /** Calls that delivered something, for which no amount to charge was named. Their cost counts. */
  readonly unbilled_requests: number;
  readonly unpriced_requests: number;
}

/** Margin as the API shows it. */
export interface MarginAnswer extends SummedHead, RowsTail {
  readonly object: 'margin';
  readonly total: MarginSums;
  readonly data: readonly (RowHead & MarginSums)[];
}

/** The public form of summed usage as margin. */
export function marginAnswer({ head, total, rows, tail }: SummedUsage): MarginAnswer {
  return {
    object: 'margin',
    ...head,
    total: marginSums(total),
    data: rows.map((row) => ({ ...row.head, ...marginSums(row.totals) })),
    ...tail,
  };
}

function marginSums({
  requests,
  billableNanoUsd,
  costNanoUsd,
  unbilledRequests,
  unpricedRequests,
}: UsageTotals): MarginSums {
  const billable = nanoUsd(billableNanoUsd);
  const margin = billable - nanoUsd(costNanoUsd);
  return {
    requests,
    billable_usd: usdJson(billableNanoUsd),
    cost_usd: usdJson(costNanoUsd),
    margin_usd: usdJson(margin.toString()),
    margin_pct: billable === 0n || unpricedRequests > 0 ? null : percentJson(hundredthsOfPercent(margin, billable)),
    unbilled_requests: unbilledRequests,
    unpriced_requests: unpricedRequests,
  };
}

/** `part` of a positive `whole`, rounded half up: towards the greater number, also below zero. */
function hundredthsOfPercent(part: bigint, whole: bigint): bigint {
  const dividend = 2n * 10_000n * part + whole;
  const divisor = 2n * whole;
  return dividend / divisor - (dividend % divisor < 0n ? 1n : 0n);
}
