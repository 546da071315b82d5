import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import type { UsageTotals } from '../../domain/events/usage-totals.js';
import { EventStore } from '../../ledger/journal/event-store.js';
import { DocumentStore } from '../document-store.js';
import { EventDecoder } from '../event-decoder.js';
import { customers, type CustomerDocument } from '../projections/customers.js';
import { ProjectionRunner } from '../runner.js';
import { parseMoment, type AsOf, type Moment } from './as-of.js';
import { customerByReference } from './customer-by-reference.js';
import { invalid, type RawParameters } from './parameters.js';
import { formatTime, parsePeriod, type Span } from './period.js';
import { ReadGate } from './read-gate.js';
import { unattributedCustomerOf } from './unattributed-customer.js';
import { Breakdown, type UsageRow } from './usage-breakdown.js';
import { parseGrouping, type Grouping } from './usage-grouping.js';
import { usageNow } from './usage-now.js';
import { cursorBehind, parseRowPage, type RowPage } from './usage-page.js';
import { UsageThen } from './usage-then.js';

/**
 * What is asked: of one customer (named as in `GetCustomer`) or the whole account, which period, broken down how, as of
 * when.
 */
export interface UsageQuestion {
  readonly account: string;
  readonly parameters: RawParameters<'from' | 'to' | 'group_by' | 'as_of' | 'limit' | 'cursor'>;
  readonly reference?: string | undefined;
  /** Fires when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

/** How every answer over summed usage begins: whose, when and how broken down. `from` and `to` are RFC 3339 in UTC. */
export interface SummedHead {
  readonly customer_id: string | null;
  readonly external_id: string | null;
  readonly from: string;
  readonly to: string;
  readonly group_by: string | null;
  readonly as_of: AsOf;
}

/**
 * What a row stands for. `key` is null for calls that have none (no tag, no session, no customer …); only customers
 * have an external id.
 */
export interface RowHead {
  readonly key: string | null;
  readonly external_id?: string | null;
}

/** How every answer over summed usage that has rows ends: whether there are more, and the cursor that leads to them. */
export interface RowsTail {
  readonly has_more?: boolean;
  readonly next_cursor?: string | null;
}

/** The sums an answer is written from. */
export interface SummedUsage {
  readonly head: SummedHead;
  readonly total: UsageTotals;
  readonly rows: readonly { readonly head: RowHead; readonly totals: UsageTotals }[];
  /** Empty where there is no breakdown. */
  readonly tail: RowsTail;
}

/** A question whose parameters are read. */
interface Plan {
  readonly period: Span;
  readonly grouping: Grouping;
  readonly page: RowPage;
  /** Undefined is now. */
  readonly moment: Moment | undefined;
}

/** Reads of the views are short, but a few of them at once fill a thread that calls need too. */
const READS = { atOnce: 4, inAll: 16, waiting: 100 };

/** Reads of the past also read single calls, those of the hour in which the moment lies. */
const PAST_READS = { atOnce: 2, inAll: 8, waiting: 20 };

/** Customers whose external ids are looked up at once. */
const CUSTOMERS_PER_READ = 256;

/** Sums usage for the answers that show it, now from the views or, `as_of` a moment, from the book. */
@Injectable()
export class UsageSummation {
  private readonly past: UsageThen;
  private readonly timeoutMs: number;
  private readonly reads: ReadGate;
  private readonly pastReads: ReadGate;

  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
    private readonly clock: Clock,
    events: EventStore,
    decoder: EventDecoder,
    { readTimeoutMs }: Config,
  ) {
    this.past = new UsageThen(events, decoder, documents);
    this.timeoutMs = readTimeoutMs;
    this.reads = new ReadGate({ ...READS, waitMs: readTimeoutMs });
    this.pastReads = new ReadGate({ ...PAST_READS, waitMs: readTimeoutMs });
  }

  /**
   * Rejects with the reason of the question's signal when it fires.
   * @throws RingsideError `invalid_parameter`, also for what takes too long to read, `customer_not_found`,
   * `rate_limited`
   * when too many such reads are under way
   */
  async sum(question: UsageQuestion): Promise<SummedUsage> {
    const { account, reference, parameters, signal = new AbortController().signal } = question;
    const nowMs = this.clock.nowMs();
    const grouping = parseGrouping(parameters, reference === undefined);
    const plan: Plan = {
      period: parsePeriod(parameters, nowMs),
      grouping,
      page: parseRowPage(parameters, grouping.name),
      moment: parseMoment(parameters, nowMs),
    };
    const gate = plan.moment ? this.pastReads : this.reads;
    return gate.run(account, signal, () => this.inTime(signal, plan, (ending) => this.read(question, plan, ending)));
  }

  /** Gives the work up after the longest time a read may take. */
  private async inTime<Result>(
    signal: AbortSignal,
    { moment }: Plan,
    work: (ending: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const overdue = new AbortController();
    const tooMuch = `takes more than ${this.timeoutMs} ms to read; ask for a shorter period, or for one customer`;
    const timer = setTimeout(() => overdue.abort(invalid(moment ? 'as_of' : 'from', tooMuch)), this.timeoutMs);
    try {
      return await work(AbortSignal.any([signal, overdue.signal]));
    } finally {
      clearTimeout(timer);
    }
  }

  private async read({ account, reference }: UsageQuestion, plan: Plan, signal: AbortSignal): Promise<SummedUsage> {
    const { period, grouping, page, moment } = plan;
    await this.runner.catchUp();
    const customer =
      reference === undefined ? undefined : await customerByReference(this.documents, account, reference);
    const unattributed = grouping.perCustomer ? await unattributedCustomerOf(this.documents, account) : undefined;
    const asked = { scope: { account, customer: customer?.id }, grouping, page, unattributed };
    const breakdown = new Breakdown(asked);
    const asOf = moment
      ? await this.past.add({ asked, period, moment, breakdown }, signal)
      : await usageNow(this.documents, asked, period, breakdown, signal);
    const { total, rows, hasMore } = breakdown.result();
    const head = {
      customer_id: customer?.id ?? null,
      external_id: customer?.externalId ?? null,
      from: formatTime(period.fromMs),
      to: formatTime(period.toMs),
      group_by: grouping.name,
      as_of: asOf,
    };
    const tail = { has_more: hasMore, next_cursor: hasMore ? cursorBehind(rows.at(-1)!.key!, grouping.name) : null };
    return {
      head,
      total,
      rows: grouping.perCustomer
        ? await this.customerRows(rows)
        : rows.map(({ key, totals }) => ({ head: { key }, totals })),
      tail: grouping.name === null ? {} : tail,
    };
  }

  /** The rows of customers carry their external ids. */
  private async customerRows(rows: readonly UsageRow[]): Promise<SummedUsage['rows']> {
    const ids = rows.flatMap(({ key }) => key ?? []);
    const externalIds = new Map<string, string | null>();
    for (let at = 0; at < ids.length; at += CUSTOMERS_PER_READ) {
      const found = await this.documents.getMany<CustomerDocument>(
        customers.collection.name,
        ids.slice(at, at + CUSTOMERS_PER_READ),
      );
      for (const { id, externalId } of found) externalIds.set(id, externalId);
    }
    return rows.map(({ key, totals }) => ({
      head: { key, external_id: (key !== null && externalIds.get(key)) || null },
      totals,
    }));
  }
}
