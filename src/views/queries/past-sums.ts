import { totalsOf } from '../../domain/events/usage-totals.js';
import type { DocumentSnapshot, Filter } from '../document-store.js';
import { requests, type RequestDocument } from '../projections/requests.js';
import { cellId, cellPrefix, cellsOf, usage, type Cell, type UsageDocument } from '../projections/usage.js';
import { recordedCall, type Presence } from './as-of.js';
import { readInSlices, type Part } from './read-in-slices.js';
import type { UsageSink } from './read-usage.js';
import type { Breakdown } from './usage-breakdown.js';

const HOUR_MS = 3_600_000;

/** So many sums may wait before they are read apart, which bounds memory. */
const MOST_WAITING = 2000;

/**
 * Adds to a breakdown what of the views' sums was there at a moment. A sum all of whose calls were there counts as it
 * is, and so a read costs no more however many calls there are. A day in which some were there is made of its hours,
 * and such an hour of its calls in the request log: mostly there is one, in which the moment lies.
 */
export class PastSums implements UsageSink {
  private waiting = new Map<string, UsageDocument>();

  constructor(
    private readonly presence: Presence,
    private readonly breakdown: Breakdown,
    private readonly snapshot: DocumentSnapshot,
    private readonly signal: AbortSignal,
  ) {}

  get isFull(): boolean {
    return this.breakdown.isFull;
  }

  addSum(sum: UsageDocument): void {
    const share = this.presence.of(sum);
    if (share === 'all') this.breakdown.addSum(sum);
    else if (share === 'some') this.waiting.set(sum.id, sum);
  }

  addCall(call: RequestDocument, counts?: (cell: Cell) => boolean): void {
    if (this.presence.has(recordedCall(call))) this.breakdown.addCall(call, counts);
  }

  async settle(isDone: boolean): Promise<void> {
    if (this.waiting.size === 0 || (!isDone && this.waiting.size < MOST_WAITING)) return;
    const sums = this.take();
    const hours = new Map(sums.filter(({ grain }) => grain === 'hour').map((sum) => [sum.id, sum]));
    const days = new Map(sums.filter(({ grain }) => grain === 'day').map((sum) => [sum.id, sum]));
    await readInSlices(this.snapshot, this.hoursOf(days), this.signal);
    for (const hour of this.take()) hours.set(hour.id, hour);
    await readInSlices(this.snapshot, this.callsOf(hours), this.signal);
  }

  private take(): UsageDocument[] {
    const taken = [...this.waiting.values()];
    this.waiting = new Map();
    return taken;
  }

  /** The hours of days; one search finds those of all keys of an owner. */
  private hoursOf(days: ReadonlyMap<string, UsageDocument>): Part[] {
    const add = (hour: UsageDocument) => {
      if (days.has(cellId({ ...hour, grain: 'day', period: dayOf(hour) }))) this.addSum(hour);
    };
    const searches = new Map<string, Filter>();
    for (const { account, customer, kind, period } of days.values()) {
      const prefix = cellPrefix(customer ?? account, kind, 'hour', period);
      searches.set(prefix, { range: { field: 'id', from: `${prefix}T`, to: `${prefix}U` } });
    }
    return [...searches.values()].map((filter) => ({
      search: { collection: usage.collection.name, filter },
      add: (document) => add(document as UsageDocument),
    }));
  }

  /** The calls of hours, from the request log. */
  private callsOf(hours: ReadonlyMap<string, UsageDocument>): Part[] {
    // A call counts for its account and for its customer; each of the two searches adds its own.
    const add = (call: RequestDocument, owner: string | null) => {
      if (!this.presence.has(recordedCall(call))) return;
      const totals = totalsOf(call.data);
      for (const cell of cellsOf(call, 'hour'))
        if (cell.customer === owner && hours.has(cellId(cell))) this.breakdown.add(cell, totals);
    };
    const searches = new Map<string, { readonly owner: string | null; readonly filter: Filter }>();
    for (const { account, customer, period } of hours.values()) {
      const from = Date.parse(`${period}:00:00.000Z`);
      const where: Filter['where'] = customer === null ? { account } : { customer };
      const range = { field: 'occurredAt', from, to: from + HOUR_MS };
      searches.set(`${customer ?? account} ${period}`, {
        owner: customer,
        filter: { where, range, orderBy: 'occurredAt' },
      });
    }
    return [...searches.values()].map(({ owner, filter }) => ({
      search: { collection: requests.collection.name, filter },
      add: (document) => add(document as RequestDocument, owner),
    }));
  }
}

function dayOf({ period }: Cell): string {
  return period.slice(0, 'yyyy-mm-dd'.length);
}
