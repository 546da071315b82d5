import type { Position, StreamName } from '../ledger/journal/event-store.js';

/** Something in the book, or in a view of it, that is not as it must be. */
export interface Finding {
  /** Where in the book: of the event that is wrong, or of the event up to which a wrong document was folded. */
  readonly position: Position;
  /** The event's stream; null when the problem is a view's. */
  readonly stream: StreamName | null;
  readonly problem: string;
}

/**
 * A hold that nobody settled: its call was under way when the process that worked on it died. Nothing is wrong with
 * that, but somebody may ask.
 */
export interface ExpiredHold {
  readonly position: Position;
  readonly stream: StreamName;
  readonly hold: string;
}

/**
 * Something about the clock that the book shows: it went back, or calls were counted in another month than the one of
 * their statement. No fault.
 */
export interface ClockNote {
  readonly position: Position;
  readonly stream: StreamName;
  readonly note: string;
}

/** What an audit saw. The book verifies when `problems` is 0. */
export interface AuditReport {
  readonly events: number;
  readonly streams: number;
  /** Documents of views that were compared with their rebuilt twins. */
  readonly documents: number;
  /**
   * What cannot be read, then the rest; each ordered by position, so that the first one names where the trouble begins.
   * At most 1,000 of each kind of check are kept.
   */
  readonly findings: readonly Finding[];
  /** How many there are, kept or not. */
  readonly problems: number;
  /** At most 1,000, and how many there are. */
  readonly expiredHolds: readonly ExpiredHold[];
  readonly expired: number;
  /** At most 1,000, and how many there are. */
  readonly clockNotes: readonly ClockNote[];
  readonly clockNoted: number;
}

/** A broken book can have a problem at every event; a report that no longer fits in memory helps nobody. */
const KEPT = 1000;

/** Collects what an audit finds, the first ones in full and all of them in number. */
export class Collected<Item> {
  readonly kept: Item[] = [];
  private all = 0;

  get count(): number {
    return this.all;
  }

  add(item: Item): void {
    this.all++;
    if (this.kept.length < KEPT) this.kept.push(item);
  }
}
