import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { DocumentStore } from '../document-store.js';
import { customers, type CustomerDocument } from '../projections/customers.js';
import { ProjectionRunner } from '../runner.js';
import { customerAnswers, type CustomerAnswer } from './customer-answer.js';
import { listAnswer, parsePage, type ListAnswer } from './page.js';
import { oneValue, type RawParameters } from './parameters.js';

/**
 * The account's customers, newest first; with `external_id` the one that has it.
 * @throws RingsideError `invalid_parameter`
 */
export class ListCustomers extends Query<ListAnswer<CustomerAnswer>> {
  constructor(
    readonly account: string,
    readonly parameters: RawParameters<'external_id' | 'limit' | 'cursor'>,
  ) {
    super();
  }
}

@QueryHandler(ListCustomers)
export class ListCustomersHandler implements IQueryHandler<ListCustomers> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
    private readonly clock: Clock,
  ) {}

  async execute({ account, parameters }: ListCustomers): Promise<ListAnswer<CustomerAnswer>> {
    const page = parsePage(parameters, 1);
    const externalId = oneValue(parameters, 'external_id');
    await this.runner.catchUp();
    const found = await this.documents.find<CustomerDocument>(customers.collection.name, {
      where: { account, ...(externalId === undefined ? { unattributed: 0 } : { externalId }) },
      order: 'desc',
      after: page.after && { id: page.after[0]! },
      limit: page.limit + 1,
    });
    const answers = await customerAnswers(this.documents, found, this.clock.nowMs());
    return listAnswer(
      page,
      answers,
      ({ id }) => [id],
      (answer) => answer,
    );
  }
}
