import { nanoUsd } from '../../domain/money.js';
import { addTotals, NO_USAGE, totalsOf, type UsageTotals } from '../../domain/events/usage-totals.js';
import type { MeteredCall } from '../metered-call.js';
import { cellsOf, type Cell, type UsageDocument } from '../projections/usage.js';
import type { Grouping, UsageScope } from './usage-grouping.js';
import type { RowPage } from './usage-page.js';

/** One row: what was used under a key; null for what has none. */
export interface UsageRow {
  readonly key: string | null;
  readonly totals: UsageTotals;
}

/** The total over everything that was added, and one page of its rows in the order of their keys, null last. */
export interface BrokenDown {
  readonly total: UsageTotals;
  readonly rows: readonly UsageRow[];
  /** Whether there are rows behind these. */
  readonly hasMore: boolean;
}

/** What is broken down, and which rows are wanted. */
export interface BreakdownQuestion {
  readonly scope: UsageScope;
  readonly grouping: Grouping;
  readonly page: RowPage;
  /** The pseudo-customer whose row is that of null. */
  readonly unattributed: string | undefined;
}

/**
 * Adds up sums and calls, in any order, to the total and the rows of one page; what of the total no row accounts for is
 * the row of null. However many keys there are, only a few pages of rows are kept: those with the lowest keys behind
 * the page's beginning.
 */
export class Breakdown {
  private total = NO_USAGE;
  /** What of the total has a key, where a call need not have one. */
  private keyed = NO_USAGE;
  private unattributed: UsageTotals | undefined;
  private rows = new Map<string, UsageTotals>();
  /** The highest key that can still be on the page; undefined while there is room for any. */
  private highest: string | undefined;

  constructor(private readonly question: BreakdownQuestion) {}

  /** More rows with a key are known than the page holds. */
  get isFull(): boolean {
    return this.rows.size > this.question.page.limit;
  }

  /** Adds a single call, by the rules the views sum calls in advance. */
  addCall(call: MeteredCall, counts: (cell: Cell) => boolean = () => true): void {
    const totals = totalsOf(call.data);
    for (const cell of cellsOf(call, 'hour')) if (counts(cell)) this.add(cell, totals);
  }

  /** Adds a sum that the views keep. */
  addSum(sum: UsageDocument): void {
    this.add(sum, sum.totals);
  }

  /** Adds the sum of a cell; cells that the answer is not made of change nothing. */
  add(cell: Cell, totals: UsageTotals): void {
    const { scope, grouping } = this.question;
    const isOfScope = (cell.customer === null) === (scope.customer === undefined);
    if (cell.kind === 'call' && isOfScope) this.total = addTotals(this.total, totals);
    if (grouping.name === null) return;
    if (cell.kind === (grouping.kind === 'tag' ? 'tagged' : grouping.kind)) this.keyed = addTotals(this.keyed, totals);
    if (cell.kind !== grouping.kind) return;
    if (cell.kind === 'call' && isOfScope === grouping.perCustomer) return;
    this.addToRow(grouping.keyOf(cell), totals);
  }

  /** What has been added so far. */
  result(): BrokenDown {
    const { limit } = this.question.page;
    const sorted = [...this.rows]
      .map(([key, totals]): UsageRow => ({ key, totals }))
      .sort((a, b) => (a.key! < b.key! ? -1 : 1));
    const unkeyed = this.unkeyed();
    const rows = unkeyed ? [...sorted, { key: null, totals: unkeyed }] : sorted;
    return { total: this.total, rows: rows.slice(0, limit), hasMore: rows.length > limit };
  }

  private addToRow(key: string | null, totals: UsageTotals): void {
    const { page, unattributed, grouping } = this.question;
    if (key === null || (grouping.perCustomer && key === unattributed)) {
      this.unattributed = addTotals(this.unattributed ?? NO_USAGE, totals);
      return;
    }
    if ((page.after !== undefined && key <= page.after) || (this.highest !== undefined && key > this.highest)) return;
    this.rows.set(key, addTotals(this.rows.get(key) ?? NO_USAGE, totals));
    if (this.rows.size > 2 * (page.limit + 1)) this.keepLowest(page.limit + 1);
  }

  /** A row above so many others can be on no page that begins here, whatever comes. */
  private keepLowest(count: number): void {
    const keys = [...this.rows.keys()].sort().slice(0, count);
    this.rows = new Map(keys.map((key) => [key, this.rows.get(key)!]));
    this.highest = keys.at(-1);
  }

  private unkeyed(): UsageTotals | undefined {
    const { name, kind } = this.question.grouping;
    if (name === null || kind === 'call') return this.unattributed;
    const rest = addTotals(this.total, negated(this.keyed));
    return rest.requests > 0 ? rest : undefined;
  }
}

function negated(totals: UsageTotals): UsageTotals {
  const entries = Object.entries(totals).map(([name, amount]: [string, number | string]) => [
    name,
    typeof amount === 'number' ? -amount : (-nanoUsd(amount)).toString(),
  ]);
  return Object.fromEntries(entries) as UsageTotals;
}
