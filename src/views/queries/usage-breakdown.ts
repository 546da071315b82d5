import { nanoUsd } from '../../domain/money.js';
import { addTotals, NO_USAGE, type UsageTotals } from '../../domain/usage-totals.js';
import type { Grouping } from './usage-grouping.js';
import type { UsageSums } from './usage-sums.js';

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
