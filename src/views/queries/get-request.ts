import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RingsideError } from '../../domain/errors.js';
import { DocumentStore } from '../document-store.js';
import { ProjectionRunner } from '../runner.js';
import { attemptsOf } from './attempts-of.js';
import { requestAnswer, type RequestAnswer } from './request-answer.js';
import { unattributedCustomerOf } from './unattributed-customer.js';

/**
 * One call of the account.
 * @throws RingsideError `not_found`
 */
export class GetRequest extends Query<RequestAnswer> {
  constructor(
    readonly account: string,
    readonly requestId: string,
  ) {
    super();
  }
}

@QueryHandler(GetRequest)
export class GetRequestHandler implements IQueryHandler<GetRequest> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account, requestId }: GetRequest): Promise<RequestAnswer> {
    await this.runner.catchUp();
    const attempts = await attemptsOf(this.documents, requestId);
    if (attempts[0]?.account === account)
      return requestAnswer(attempts, await unattributedCustomerOf(this.documents, account));
    throw new RingsideError('not_found', `there is no request ${JSON.stringify(requestId.slice(0, 100))}`);
  }
}
