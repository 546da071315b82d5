import type { LedgerEvent } from '../domain/events/index.js';
import { monthOf } from '../domain/clock.js';
import { CLOCK_TOLERANCE_MS } from '../domain/statement/resumed-month.js';
import type { StoredEvent } from '../ledger/journal/event-store.js';

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 24 * MS_PER_HOUR;

/**
 * Watches the time of events go by, in the order of the book, and says where the clock went back, which months had been
 * opened by then although they lay ahead, and what was counted in another month than its statement's. None of it is a
 * fault of the book.
 */
export class ClockNotes {
  /** The newest time seen since the clock last went back. */
  private latestMs = 0;
  /** The latest month that any statement was opened for. */
  private latestMonth = '';

  *notesOn(event: LedgerEvent, { stream }: StoredEvent): Generator<string> {
    const { occurredAt } = event;
    if (occurredAt < this.latestMs - CLOCK_TOLERANCE_MS) {
      yield `the clock went back by ${spell(this.latestMs - occurredAt)}, from ${utc(this.latestMs)} to ${utc(occurredAt)}${this.aheadOf(occurredAt)}`;
      this.latestMs = occurredAt;
    }
    this.latestMs = Math.max(this.latestMs, occurredAt);
    if (event.type === 'StatementOpened' && event.data.month > this.latestMonth) this.latestMonth = event.data.month;
    if (event.type === 'MonthResumed')
      yield `calls count in ${event.data.month} from here on, in the statement of ${stream.slice(-6)}`;
    if (event.type === 'UsageRecorded' && event.data.countsIn !== null && event.data.countsIn === monthOf(occurredAt))
      yield `usage of ${event.data.countsIn} stands in the statement of ${stream.slice(-6)}`;
  }

  private aheadOf(nowMs: number): string {
    return this.latestMonth > monthOf(nowMs) ? `; statements had been opened up to ${this.latestMonth}` : '';
  }
}

function utc(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

function spell(ms: number): string {
  return ms >= 2 * MS_PER_DAY ? `${Math.round(ms / MS_PER_DAY)} days` : `${(ms / MS_PER_HOUR).toFixed(1)} hours`;
}
