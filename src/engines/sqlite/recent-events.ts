import type { Position, StoredEvent } from '../../ledger/journal/event-store.js';

/**
 * The newest events of the store, so that subscribers who keep up are served without reading anything back. Its size is
 * bounded whatever subscribers do: who falls further behind reads from the file. Holds a gapless run of positions.
 */
export class RecentEvents {
  private events: StoredEvent[] = [];

  constructor(private readonly limit: number) {}

  /**
   * Adds newly committed events, oldest first. After a gap (somebody else's commit came between) only they are kept.
   */
  add(committed: readonly StoredEvent[]): void {
    const follows = this.events.at(-1)?.position === committed[0]!.position - 1;
    if (!follows) this.events = [];
    for (const event of committed) this.events.push(event);
    if (this.events.length > 2 * this.limit) this.events = this.events.slice(-this.limit);
  }

  /** The events right after a position; undefined when they are not, or no longer, kept here. */
  after(position: Position): readonly StoredEvent[] | undefined {
    const first = this.events[0];
    if (!first) return undefined;
    const offset = position + 1 - first.position;
    return offset >= 0 && offset < this.events.length ? this.events.slice(offset) : undefined;
  }

  clear(): void {
    this.events = [];
  }
}
