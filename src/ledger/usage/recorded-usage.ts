import { monthAfter } from '../../domain/clock.js';
import type { EventStore, ExpectedRevision } from '../journal/event-store.js';
import { statementStream } from '../statements/statement-stream.js';

/** How far a statement has been read. */
interface ReadMonth {
  revision: number;
  closed: boolean;
}

/** Which usage a customer's statements hold, read from the store and not from memory; each event is read once. */
export class RecordedUsage {
  private readonly ids = new Set<string>();
  private readonly months = new Map<string, ReadMonth>();

  constructor(
    private readonly store: EventStore,
    private readonly customer: string,
  ) {}

  /**
   * Reads the statements from a month to another as far as they go now, and says whether the event is in them.
   * @throws RingsideError `ledger_unavailable`
   */
  async has(id: string, fromMonth: string, toMonth: string): Promise<boolean> {
    for (let month = fromMonth; month <= toMonth; month = monthAfter(month)) await this.readOn(month);
    return this.ids.has(id);
  }

  /**
   * Whether everything that stands before this place has been read, so that an append there can repeat nothing: the statement up
   * to the head, and those of the months before to their close, behind which nothing can come any more.
   */
  hasReadUpTo(fromMonth: string, month: string, head: ExpectedRevision): boolean {
    for (let earlier = fromMonth; earlier < month; earlier = monthAfter(earlier)) {
      const read = this.months.get(earlier);
      if (!read || !(read.closed || read.revision < 0)) return false;
    }
    const read = this.months.get(month);
    return read !== undefined && (head === 'no_stream' || head <= read.revision);
  }

  private async readOn(month: string): Promise<void> {
    let read = this.months.get(month);
    if (!read) this.months.set(month, (read = { revision: -1, closed: false }));
    if (read.closed) return;
    for await (const { id, type, revision } of this.store.readStream(statementStream(this.customer, month), read.revision + 1)) {
      if (type === 'UsageRecorded') this.ids.add(id);
      read.closed = type === 'StatementClosed';
      read.revision = revision;
    }
  }
}
