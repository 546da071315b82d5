import { monthAfter } from '../../domain/clock.js';
import type { EventStore } from '../journal/event-store.js';
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
   * By month, from one on, the revision up to which its statement was read, -1 where nothing stood in it. An append in
   * such a month up to there can repeat nothing: statements of the months before it are read to their close, behind
   * which nothing can come any more.
   */
  searchedFrom(fromMonth: string): Readonly<Record<string, number>> {
    const searched: Record<string, number> = {};
    for (let month = fromMonth; ; month = monthAfter(month)) {
      const read = this.months.get(month);
      if (!read) return searched;
      searched[month] = read.revision;
      if (!read.closed && read.revision >= 0) return searched;
    }
  }

  private async readOn(month: string): Promise<void> {
    let read = this.months.get(month);
    if (!read) this.months.set(month, (read = { revision: -1, closed: false }));
    if (read.closed) return;
    for await (const { id, type, revision } of this.store.readStream(
      statementStream(this.customer, month),
      read.revision + 1,
    )) {
      if (type === 'UsageRecorded') this.ids.add(id);
      read.closed = type === 'StatementClosed';
      read.revision = revision;
    }
  }
}
