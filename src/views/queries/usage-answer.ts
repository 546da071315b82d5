import { addTotals, NO_USAGE, type UsageTotals } from '../../domain/usage-totals.js';
import { nanoUsd } from '../../domain/money.js';
import { usdJson, type UsdJson } from '../usd-json.js';
import type { Grouping } from './usage-grouping.js';
import type { AsOf, UsageSums } from './usage-sums.js';

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

/** One row of a breakdown. `key` is null for calls that have none (no tag, no session, no customer …). */
export type UsageRow = { readonly key: string | null; readonly external_id?: string | null } & TotalsAnswer;

/** Usage as the API shows it; `from` and `to` are RFC 3339 in UTC. */
export interface UsageAnswer {
  readonly object: 'usage';
  readonly customer_id: string | null;
  readonly external_id: string | null;
  readonly from: string;
  readonly to: string;
  readonly group_by: string | null;
  readonly as_of: AsOf;
  readonly total_cost_usd: UsdJson;
  readonly total: TotalsAnswer;
  readonly data: readonly UsageRow[];
}

/** The whole, and what each row has of it. */
export interface Breakdown {
  readonly total: UsageTotals;
  readonly rows: ReadonlyMap<string | null, UsageTotals>;
}

/** Adds up sums to the total and the rows of a breakdown; what of the total no row accounts for is the row of null. */
export function breakDown({ name, kind, keyOf }: Grouping, { sums }: UsageSums): Breakdown {
  const total = addAll(sums.filter((sum) => sum.kind === 'call'));
  if (name === null) return { total, rows: new Map() };
  const rows = new Map<string | null, UsageTotals>();
  const parts = sums.filter((sum) => sum.kind === kind);
  for (const sum of parts) {
    const key = keyOf(sum);
    rows.set(key, addTotals(rows.get(key) ?? NO_USAGE, sum.totals));
  }
  const accounted = addAll(kind === 'tag' ? sums.filter((sum) => sum.kind === 'tagged') : parts);
  const rest = addTotals(total, negated(accounted));
  if (rest.requests > 0) rows.set(null, rest);
  return { total, rows };
}

function addAll(sums: readonly { readonly totals: UsageTotals }[]): UsageTotals {
  return sums.reduce((total, { totals }) => addTotals(total, totals), NO_USAGE);
}

function negated(totals: UsageTotals): UsageTotals {
  const entries = Object.entries(totals).map(([name, amount]: [string, number | string]) => [
    name,
    typeof amount === 'number' ? -amount : (-nanoUsd(amount)).toString(),
  ]);
  return Object.fromEntries(entries) as UsageTotals;
}

/** The public form of sums. */
export function totalsAnswer(totals: UsageTotals): TotalsAnswer {
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

/** The rows in the order of their keys, by UTF-16 code units as JavaScript sorts; null comes last. */
export function usageRows(rows: ReadonlyMap<string | null, UsageTotals>): UsageRow[] {
  return [...rows]
    .sort(([a], [b]) => (a === null ? 1 : b === null || a < b ? -1 : 1))
    .map(([key, totals]) => ({ key, ...totalsAnswer(totals) }));
}
