import { monthAfter, monthBefore, monthOf, type Clock } from '../../domain/clock.js';
import type { EventStore, Position, StoredEvent, StreamName } from '../../ledger/event-store.js';
import type { DocumentStore } from '../document-store.js';
import type { EventDecoder } from '../event-decoder.js';
import { countedAt } from '../metered-call.js';
import { customers, type CustomerDocument } from '../projections/customers.js';
import { statementId } from '../projections/statements.js';
import { invalid, oneValue, type RawParameters } from './parameters.js';
import { parseTime, type Span } from './period.js';
import type { Grouping, UsageScope } from './usage-grouping.js';
import { CallSums, type UsageSums } from './usage-sums.js';

/** A moment in the past: after the event at a ledger position, or a time in Unix milliseconds. */
export type Moment = { readonly position: Position } | { readonly unixMs: number };

/** Reads `as_of`: a whole number is a ledger position, else it is a time. Errors: `invalid_parameter`. */
export function parseMoment(parameters: RawParameters<'as_of'>, nowMs: number): Moment | undefined {
  const text = oneValue(parameters, 'as_of');
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return { position: Number(text) };
  const unixMs = parseTime(text);
  if (unixMs === undefined) throw invalid('as_of', 'must be a ledger position, a date or an RFC 3339 time');
  if (unixMs > nowMs) throw invalid('as_of', 'must not be in the future');
  return { unixMs };
}

const CUSTOMERS_PER_READ = 500;

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

  /** Errors: `invalid_parameter` for a position the book has not reached. */
  async sums(scope: UsageScope, grouping: Grouping, period: Span, moment: Moment): Promise<UsageSums> {
    if ('position' in moment && moment.position > (await this.events.head()))
      throw invalid('as_of', 'must not be after the end of the ledger');
    const calls = new CallSums(scope, grouping);
    let last: StoredEvent | undefined;
    let lastOccurredAt = 0;
    for await (const { event, stored } of this.usageUntil(scope, period, moment)) {
      const countsAt = countedAt(event);
      if (countsAt >= period.fromMs && countsAt < period.toMs) calls.add(event);
      if (last && last.position > stored.position) continue;
      last = stored;
      lastOccurredAt = event.occurredAt;
    }
    const time = 'unixMs' in moment ? moment.unixMs : lastOccurredAt;
    return {
      sums: calls.all,
      asOf: {
        position: 'position' in moment ? moment.position : (last?.position ?? 0),
        time: last || 'unixMs' in moment ? Math.floor(time / 1000) : null,
      },
    };
  }

  /** The usage events of the statements that overlap the period, as far as they were there at the moment. */
  private async *usageUntil(scope: UsageScope, period: Span, moment: Moment) {
    for await (const { id, createdAt } of this.customersOf(scope)) {
      for (const month of statementMonths(period, createdAt, this.clock.nowMs())) {
        for await (const stored of this.events.readStream(statementId(id, month) as StreamName)) {
          if ('position' in moment && stored.position > moment.position) break;
          const event = await this.decoder.decode(stored);
          const there = 'position' in moment || event.occurredAt <= moment.unixMs;
          if (there && event.type === 'UsageRecorded') yield { event, stored };
        }
      }
    }
  }

  private async *customersOf({ account, customer }: UsageScope): AsyncGenerator<CustomerDocument> {
    if (customer !== undefined) return yield* await this.documents.getMany<CustomerDocument>(customers.collection.name, [customer]);
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
 * The months whose statements can hold usage of the period: its own; the one before, since a statement that was being written
 * at midnight takes the first calls of the next month; and the one after, which settles the holds of calls that were under way when a
 * month turned. None is older than the customer or yet to come.
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
