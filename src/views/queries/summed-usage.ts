import type { Clock } from '../../domain/clock.js';
import type { UsageTotals } from '../../domain/usage-totals.js';
import type { EventStore } from '../../ledger/event-store.js';
import type { DocumentStore } from '../document-store.js';
import type { EventDecoder } from '../event-decoder.js';
import { customers, type CustomerDocument } from '../projections/customers.js';
import type { ProjectionRunner } from '../runner.js';
import { customerByReference } from './customer-by-reference.js';
import type { RawParameters } from './parameters.js';
import { formatTime, parsePeriod } from './period.js';
import { unattributedCustomerOf } from './unattributed-customer.js';
import { breakDown, type Breakdown } from './usage-breakdown.js';
import { parseGrouping } from './usage-grouping.js';
import { usageNow } from './usage-now.js';
import type { AsOf } from './usage-sums.js';
import { parseMoment, UsageThen } from './usage-then.js';

/** What is asked: of one customer (named as in `GetCustomer`) or the whole account, which period, broken down how, as of when. */
export interface UsageQuestion {
  readonly account: string;
  readonly parameters: RawParameters<'from' | 'to' | 'group_by' | 'as_of'>;
  readonly reference?: string | undefined;
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

/** What a row stands for. `key` is null for calls that have none (no tag, no session, no customer …); only customers have an external id. */
export interface RowHead {
  readonly key: string | null;
  readonly external_id?: string | null;
}

/** The sums an answer is written from. */
export interface SummedUsage {
  readonly head: SummedHead;
  readonly total: UsageTotals;
  readonly rows: readonly { readonly head: RowHead; readonly totals: UsageTotals }[];
}

/** Sums usage for the answers that show it, now from the views or, `as_of` a moment, from the book. */
export class UsageSummation {
  private readonly past: UsageThen;

  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
    private readonly clock: Clock,
    events: EventStore,
    decoder: EventDecoder,
  ) {
    this.past = new UsageThen(events, decoder, documents, clock);
  }

  /** Errors: `invalid_parameter`, `customer_not_found`. */
  async sum({ account, reference, parameters }: UsageQuestion): Promise<SummedUsage> {
    const nowMs = this.clock.nowMs();
    const period = parsePeriod(parameters, nowMs);
    const grouping = parseGrouping(parameters, reference === undefined);
    const moment = parseMoment(parameters, nowMs);
    await this.runner.catchUp();
    const customer = reference === undefined ? undefined : await customerByReference(this.documents, account, reference);
    const scope = { account, customer: customer?.id };
    const found = moment ? await this.past.sums(scope, grouping, period, moment) : await usageNow(this.documents, scope, grouping, period);
    const { total, rows } = breakDown(grouping, found);
    const head = {
      customer_id: customer?.id ?? null,
      external_id: customer?.externalId ?? null,
      from: formatTime(period.fromMs),
      to: formatTime(period.toMs),
      group_by: grouping.name,
      as_of: found.asOf,
    };
    return { head, total, rows: grouping.perCustomer ? await this.customerRows(account, rows) : inOrder(rows) };
  }

  /** The rows of customers carry their external ids; calls without attribution are the row of null. */
  private async customerRows(account: string, byId: Breakdown['rows']): Promise<SummedUsage['rows']> {
    const unattributed = await unattributedCustomerOf(this.documents, account);
    const rows = inOrder(new Map([...byId].map(([id, totals]) => [id === unattributed ? null : id, totals])));
    const ids = rows.flatMap(({ head: { key } }) => key ?? []);
    const found = await this.documents.getMany<CustomerDocument>(customers.collection.name, ids);
    const externalIds = new Map(found.map(({ id, externalId }) => [id, externalId]));
    return rows.map(({ head: { key }, totals }) => ({
      head: { key, external_id: (key !== null && externalIds.get(key)) || null },
      totals,
    }));
  }
}

/** The rows in the order of their keys, by UTF-16 code units as JavaScript sorts; null comes last. */
function inOrder(rows: Breakdown['rows']): SummedUsage['rows'] {
  return [...rows].sort(([a], [b]) => (a === null ? 1 : b === null || a < b ? -1 : 1)).map(([key, totals]) => ({ head: { key }, totals }));
}
