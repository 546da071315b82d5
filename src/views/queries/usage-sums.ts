import { addTotals, totalsOf } from '../../domain/usage-totals.js';
import type { MeteredCall } from '../metered-call.js';
import { cellId, cellsOf, type CellSum } from '../projections/usage.js';
import { counts, type Grouping, type UsageScope } from './usage-grouping.js';

/** Where an answer stands in the book. */
export interface AsOf {
  readonly position: number;
  /** Unix seconds; null when there is nothing before it. */
  readonly time: number | null;
}

/** What a usage answer is made of. */
export interface UsageSums {
  readonly sums: readonly CellSum[];
  readonly asOf: AsOf;
}

/** Sums single calls by the rules the views sum them in advance, keeping what one answer needs. */
export class CallSums {
  private readonly sums = new Map<string, CellSum>();

  constructor(
    private readonly scope: UsageScope,
    private readonly grouping: Grouping,
  ) {}

  add(call: MeteredCall): void {
    const totals = totalsOf(call.data);
    for (const cell of cellsOf(call, 'hour')) {
      if (!counts(this.grouping, this.scope, cell)) continue;
      const id = cellId(cell);
      const sum = this.sums.get(id);
      this.sums.set(id, { ...cell, totals: sum ? addTotals(sum.totals, totals) : totals });
    }
  }

  get all(): CellSum[] {
    return [...this.sums.values()];
  }
}
