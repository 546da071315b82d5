import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DocumentStore } from '../document-store.js';
import { attemptId, requests, type RequestDocument } from '../projections/requests.js';
import { ProjectionRunner } from '../runner.js';
import { customerByReference } from './customer-by-reference.js';
import { listAnswer, parsePage, type ListAnswer } from './page.js';
import { invalid, oneValue, type RawParameters } from './parameters.js';
import { parseOpenPeriod } from './period.js';
import { requestAnswer, type RequestAnswer } from './request-answer.js';
import { unattributedCustomerOf } from './unattributed-customer.js';

/**
 * The account's calls, newest first, of one `customer` or all, booked from `from` until `to`.
 * @throws RingsideError `invalid_parameter`, `customer_not_found`
 */
export class ListRequests extends Query<ListAnswer<RequestAnswer>> {
  constructor(
    readonly account: string,
    readonly parameters: RawParameters<'customer' | 'from' | 'to' | 'limit' | 'cursor'>,
  ) {
    super();
  }
}

/** A cascade can make many attempts of one request; these are parsed in a millisecond or two. */
const ATTEMPTS_PER_READ = 256;

@QueryHandler(ListRequests)
export class ListRequestsHandler implements IQueryHandler<ListRequests> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account, parameters }: ListRequests): Promise<ListAnswer<RequestAnswer>> {
    const page = parsePage(parameters, 2);
    const [time, id] = page.after ?? [];
    if (time !== undefined && !/^\d{1,15}$/.test(time)) throw invalid('cursor', 'must be a next_cursor of this list');
    const { fromMs, toMs } = parseOpenPeriod(parameters);
    const reference = oneValue(parameters, 'customer');
    await this.runner.catchUp();
    const customer =
      reference === undefined ? undefined : await customerByReference(this.documents, account, reference);
    const found = await this.documents.find<RequestDocument>(requests.collection.name, {
      where: { ...(customer ? { customer: customer.id } : { account }), last: 1 },
      range: { field: 'occurredAt', from: fromMs, to: toMs },
      orderBy: 'occurredAt',
      order: 'desc',
      after: id === undefined ? undefined : { id, value: Number(time) },
      limit: page.limit + 1,
    });
    const earlier = await this.earlierAttempts(found.slice(0, page.limit));
    const unattributed = await unattributedCustomerOf(this.documents, account);
    return listAnswer(
      page,
      found,
      (last) => [String(last.occurredAt), last.id],
      (last) => requestAnswer([...(earlier.get(last.requestId) ?? []), last], unattributed),
    );
  }

  private async earlierAttempts(last: readonly RequestDocument[]): Promise<Map<string, RequestDocument[]>> {
    const ids = last.flatMap(({ requestId, data }) =>
      Array.from({ length: data.attempt - 1 }, (_, index) => attemptId(requestId, index + 1)),
    );
    const found: RequestDocument[] = [];
    for (let at = 0; at < ids.length; at += ATTEMPTS_PER_READ) {
      found.push(
        ...(await this.documents.getMany<RequestDocument>(
          requests.collection.name,
          ids.slice(at, at + ATTEMPTS_PER_READ),
        )),
      );
    }
    return Map.groupBy(found, ({ requestId }) => requestId);
  }
}
