import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { DocumentStore } from '../document-store.js';
import { ProjectionRunner } from '../runner.js';
import { customerAnswers, type CustomerAnswer } from './customer-answer.js';
import { customerByReference } from './customer-by-reference.js';

/**
 * One of the account's customers, named by `cust_…`, `ext:<external id>` or a bare external id.
 * @throws RingsideError `customer_not_found`
 */
export class GetCustomer extends Query<CustomerAnswer> {
  constructor(
    readonly account: string,
    readonly reference: string,
  ) {
    super();
  }
}

@QueryHandler(GetCustomer)
export class GetCustomerHandler implements IQueryHandler<GetCustomer> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
    private readonly clock: Clock,
  ) {}

  async execute({ account, reference }: GetCustomer): Promise<CustomerAnswer> {
    await this.runner.catchUp();
    const customer = await customerByReference(this.documents, account, reference);
    const [answer] = await customerAnswers(this.documents, [customer], this.clock.nowMs());
    return answer!;
  }
}
