import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { EventStore } from '../../ledger/event-store.js';
import { DocumentStore } from '../document-store.js';
import { EventDecoder } from '../event-decoder.js';
import { customers, type CustomerDocument } from '../projections/customers.js';
import { ProjectionRunner } from '../runner.js';
import { usdJson } from '../usd-json.js';
import { customerByReference } from './customer-by-reference.js';
import type { RawParameters } from './parameters.js';
import { formatTime, parsePeriod } from './period.js';
import { unattributedCustomerOf } from './unattributed-customer.js';
import { breakDown, totalsAnswer, usageRows, type Breakdown, type UsageAnswer, type UsageRow } from './usage-answer.js';
import { parseGrouping } from './usage-grouping.js';
import { usageNow } from './usage-now.js';
import { parseMoment, UsageThen } from './usage-then.js';

/**
 * What a customer (named as in `GetCustomer`), or without one the whole account, has used from `from` until `to`,
 * broken down by `group_by`, now or as it was at `as_of`. Errors: `invalid_parameter`, `customer_not_found`.
 */
export class GetUsage extends Query<UsageAnswer> {
  constructor(
    readonly account: string,
    readonly parameters: RawParameters<'from' | 'to' | 'group_by' | 'as_of'>,
    readonly reference?: string,
  ) {
    super();
  }
}

@QueryHandler(GetUsage)
export class GetUsageHandler implements IQueryHandler<GetUsage> {
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

  async execute({ account, reference, parameters }: GetUsage): Promise<UsageAnswer> {
    const nowMs = this.clock.nowMs();
    const period = parsePeriod(parameters, nowMs);
    const grouping = parseGrouping(parameters, reference === undefined);
    const moment = parseMoment(parameters, nowMs);
    await this.runner.catchUp();
    const customer = reference === undefined ? undefined : await customerByReference(this.documents, account, reference);
    const scope = { account, customer: customer?.id };
    const found = moment ? await this.past.sums(scope, grouping, period, moment) : await usageNow(this.documents, scope, grouping, period);
    const { total, rows } = breakDown(grouping, found);
    return {
      object: 'usage',
      customer_id: customer?.id ?? null,
      external_id: customer?.externalId ?? null,
      from: formatTime(period.fromMs),
      to: formatTime(period.toMs),
      group_by: grouping.name,
      as_of: found.asOf,
      total_cost_usd: usdJson(total.costNanoUsd),
      total: totalsAnswer(total),
      data: grouping.perCustomer ? await this.customerRows(account, rows) : usageRows(rows),
    };
  }

  /** The rows of customers carry their external ids; calls without attribution are the row of null. */
  private async customerRows(account: string, byId: Breakdown['rows']): Promise<UsageRow[]> {
    const unattributed = await unattributedCustomerOf(this.documents, account);
    const rows = usageRows(new Map([...byId].map(([id, totals]) => [id === unattributed ? null : id, totals])));
    const ids = rows.flatMap(({ key }) => key ?? []);
    const found = await this.documents.getMany<CustomerDocument>(customers.collection.name, ids);
    const externalIds = new Map(found.map(({ id, externalId }) => [id, externalId]));
    return rows.map(({ key, ...totals }) => ({ key, external_id: (key !== null && externalIds.get(key)) || null, ...totals }));
  }
}
