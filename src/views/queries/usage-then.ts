import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventStore, Position } from '../../ledger/journal/event-store.js';
import type { DocumentSnapshot, DocumentStore, Filter } from '../document-store.js';
import type { EventDecoder } from '../event-decoder.js';
import { countedAt } from '../metered-call.js';
import { requests, type RequestDocument } from '../projections/requests.js';
import { presenceAt, recordedCall, type AsOf, type Moment, type Presence } from './as-of.js';
import { invalid } from './parameters.js';
import { PastSums } from './past-sums.js';
import type { Span } from './period.js';
import { readUsage } from './read-usage.js';
import type { Breakdown, BreakdownQuestion } from './usage-breakdown.js';
import type { UsageScope } from './usage-grouping.js';
import { progressIn } from './usage-now.js';

/** Events that are opened and added up in a millisecond or two, between which calls pass. */
const EVENTS_PER_SLICE = 32;

/** Calls that are looked through at once for the last one before a time: only those that count earlier are passed over. */
const CALLS_PER_SEARCH = 32;

/** What is asked, and what its parts are added to. */
export interface PastQuestion {
  readonly asked: BreakdownQuestion;
  readonly period: Span;
  readonly moment: Moment;
  readonly breakdown: Breakdown;
}

/** Usage as it was at a moment. */
export class UsageThen {
  constructor(
    private readonly events: EventStore,
    private readonly decoder: EventDecoder,
    private readonly documents: DocumentStore,
  ) {}

  /**
   * Adds usage as it was at a moment to a breakdown: from the views, and from the events of the ledger where the views
   * have not seen them yet; in slices between which calls pass. Rejects with the signal's reason when it fires.
   * @returns that moment
   * @throws RingsideError `invalid_parameter` for a position the ledger has not reached
   */
  async add(question: PastQuestion, signal: AbortSignal): Promise<AsOf> {
    const { asked, period, moment, breakdown } = question;
    const head = await this.events.head();
    if ('position' in moment && moment.position > head)
      throw invalid('as_of', 'must not be after the end of the ledger');
    const presence = presenceAt(moment);
    const snapshot = await this.documents.snapshot();
    try {
      const seen = await progressIn(snapshot);
      const upTo = 'position' in moment ? moment.position : head;
      const last = seen.position < upTo ? await this.addUnseen(question, presence, [seen.position, upTo], signal) : 0;
      await readUsage(snapshot, asked, period, new PastSums(presence, breakdown, snapshot, signal), signal);
      if ('position' in moment) {
        const { position } = moment;
        return position === seen.position ? seen : { position, time: await this.timeAt(position) };
      }
      const position = Math.max(last, await this.lastCallOf(snapshot, asked.scope, moment.unixMs, presence, signal));
      return { position, time: Math.floor(moment.unixMs / 1000) };
    } finally {
      await snapshot.end();
    }
  }

  /**
   * Adds calls that the views have not seen: events behind a position, up to another one.
   * @returns the position of the last call of the scope that was there
   */
  private async addUnseen(
    { asked: { scope }, period, breakdown }: PastQuestion,
    presence: Presence,
    [after, upTo]: readonly [Position, Position],
    signal: AbortSignal,
  ): Promise<Position> {
    let read = 0;
    let last: Position = 0;
    for await (const stored of this.events.readAll(after)) {
      if (stored.position > upTo) break;
      if (++read % EVENTS_PER_SLICE === 0) {
        await nextTurn();
        signal.throwIfAborted();
      }
      if (stored.type !== 'UsageRecorded') continue;
      const event = await this.decoder.decode(stored);
      if (event.type !== 'UsageRecorded' || !isOf(scope, event)) continue;
      if (!presence.has({ bookedAt: stored.position, recordedAtMs: event.occurredAt })) continue;
      last = stored.position;
      const countsAt = countedAt(event);
      if (countsAt >= period.fromMs && countsAt < period.toMs) breakdown.addCall(event);
    }
    return last;
  }

  /** When the event at a position was written, in Unix seconds; null where there is none. */
  private async timeAt(position: Position): Promise<number | null> {
    if (position === 0) return null;
    for await (const stored of this.events.readAll(position - 1)) {
      if (stored.position !== position) return null;
      return Math.floor((await this.decoder.decode(stored)).occurredAt / 1000);
    }
    return null;
  }

  /** The position of the last call, by the time at which it counts, that had been recorded by a moment; 0 for none. */
  private async lastCallOf(
    snapshot: DocumentSnapshot,
    { account, customer }: UsageScope,
    unixMs: number,
    presence: Presence,
    signal: AbortSignal,
  ): Promise<Position> {
    for (let after: { id: string; value: number } | undefined; ;) {
      signal.throwIfAborted();
      const filter: Filter = {
        where: customer === undefined ? { account } : { customer },
        range: { field: 'occurredAt', to: unixMs + 1 },
        orderBy: 'occurredAt',
        order: 'desc',
        after,
        limit: CALLS_PER_SEARCH,
      };
      const [found] = await snapshot.findTogether([{ collection: requests.collection.name, filter }]);
      const calls = found as RequestDocument[];
      const last = calls.find((call) => presence.has(recordedCall(call)));
      if (last) return last.bookedAt;
      if (calls.length < CALLS_PER_SEARCH) return 0;
      const { id, occurredAt: value } = calls.at(-1)!;
      after = { id, value };
    }
  }
}

function isOf(scope: UsageScope, event: { readonly account: string; readonly customer?: string | undefined }): boolean {
  return event.account === scope.account && (scope.customer === undefined || event.customer === scope.customer);
}
