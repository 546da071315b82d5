import { setImmediate as nextTurn } from 'node:timers/promises';
import { monthAfter, monthBefore, monthOf, type Clock } from '../../domain/clock.js';
import type { EventStore, StoredEvent, StreamName } from '../../ledger/journal/event-store.js';
import type { DocumentStore } from '../document-store.js';
import type { EventDecoder } from '../event-decoder.js';
import { countedAt } from '../metered-call.js';
import { customers, type CustomerDocument } from '../projections/customers.js';
import { statementId, statements, type StatementDocument } from '../projections/statements.js';
import type { AsOf, Moment } from './as-of.js';
import { invalid } from './parameters.js';
import type { Span } from './period.js';
import type { Breakdown } from './usage-breakdown.js';
import type { UsageScope } from './usage-grouping.js';

const CUSTOMERS_PER_READ = 256;

/** Events that are opened and added up in a millisecond or two, between which calls pass. */
const EVENTS_PER_SLICE = 32;

/** How far another gateway's clock may be ahead of this one's. */
const CLOCK_SKEW_MS = 60_000;

/** Usage as it was at a moment, folded from the statement streams by the same rules as the views. */
export class UsageThen {
  constructor(
    private readonly events: EventStore,
    private readonly decoder: EventDecoder,
    private readonly documents: DocumentStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds usage as it was at a moment to a breakdown, in slices between which calls pass. Rejects with the signal's
   * reason when it fires.
   * @returns that moment
   * @throws RingsideError `invalid_parameter` for a position the book has not reached
   */
  async add(scope: UsageScope, period: Span, moment: Moment, breakdown: Breakdown, signal: AbortSignal): Promise<AsOf> {
    if ('position' in moment && moment.position > (await this.events.head()))
      throw invalid('as_of', 'must not be after the end of the ledger');
    let last: StoredEvent | undefined;
    let lastOccurredAt = 0;
    for await (const { event, stored } of this.usageUntil(scope, period, moment, signal)) {
      const countsAt = countedAt(event);
      if (countsAt >= period.fromMs && countsAt < period.toMs) breakdown.addCall(event);
      if (last && last.position > stored.position) continue;
      last = stored;
      lastOccurredAt = event.occurredAt;
    }
    const time = 'unixMs' in moment ? moment.unixMs : lastOccurredAt;
    return {
      position: 'position' in moment ? moment.position : (last?.position ?? 0),
      time: last || 'unixMs' in moment ? Math.floor(time / 1000) : null,
    };
  }

  /** The usage events of the statements that overlap the period, as far as they were there at the moment. */
  private async *usageUntil(scope: UsageScope, period: Span, moment: Moment, signal: AbortSignal) {
    let read = 0;
    for await (const { id, createdAt } of this.customersOf(scope)) {
      const months = statementMonths(period, createdAt, this.clock.nowMs());
      const later = await this.laterStatements(id, period, months.at(-1));
      for (const stream of [...months.map((month) => statementId(id, month)), ...later]) {
        signal.throwIfAborted();
        for await (const stored of this.events.readStream(stream as StreamName)) {
          if (++read % EVENTS_PER_SLICE === 0) {
            await nextTurn();
            signal.throwIfAborted();
          }
          if ('position' in moment && stored.position > moment.position) break;
          const event = await this.decoder.decode(stored);
          const there = 'position' in moment || event.occurredAt <= moment.unixMs;
          if (there && event.type === 'UsageRecorded') yield { event, stored };
        }
      }
    }
  }

  /**
   * Later statements that hold usage of the period all the same: those of months that a clock which was ahead had
   * opened. Whether there are any, the views know.
   */
  private async laterStatements(customer: string, { fromMs, toMs }: Span, last: string | undefined): Promise<string[]> {
    const filter = { where: { customer }, ...(last !== undefined && { after: { id: statementId(customer, last) } }) };
    const found = await this.documents.find<StatementDocument>(statements.collection.name, filter);
    const [from, to] = [monthOf(fromMs), monthOf(toMs)];
    const holds = ({ state: { month, past } }: StatementDocument) =>
      (month >= from && month <= to) ||
      Object.keys(past?.costs ?? {}).some((earlier) => earlier >= from && earlier <= to);
    return found.filter(holds).map(({ id }) => id);
  }

  private async *customersOf({ account, customer }: UsageScope): AsyncGenerator<CustomerDocument> {
    if (customer !== undefined)
      return yield* await this.documents.getMany<CustomerDocument>(customers.collection.name, [customer]);
    const find = (unattributed: 0 | 1, last?: CustomerDocument) =>
      this.documents.find<CustomerDocument>(customers.collection.name, {
        where: { account, unattributed },
        after: last && { id: last.id },
        limit: CUSTOMERS_PER_READ,
      });
    yield* await find(1);
    for (let page = await find(0); page.length > 0; page = await find(0, page.at(-1))) yield* page;
  }
}

/**
 * The months whose statements can hold usage of the period: its own; the one before, since a statement that was being
 * written at midnight takes the first calls of the next month; and the one after, which settles the holds of calls that
 * were under way when a month turned. None is older than the customer or yet to come.
 */
function statementMonths({ fromMs, toMs }: Span, createdAt: number, nowMs: number): string[] {
  const months: string[] = [];
  const first = monthBefore(monthOf(Math.max(fromMs, createdAt)));
  const latestMs = nowMs + CLOCK_SKEW_MS;
  const last = earlier(monthAfter(monthOf(Math.min(toMs, latestMs))), monthOf(latestMs));
  for (let month = last; month >= first; month = monthBefore(month)) months.unshift(month);
  return months;
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}
