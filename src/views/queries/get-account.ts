import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RingsideError } from '../../domain/errors.js';
import { DocumentStore } from '../document-store.js';
import { accounts, type AccountDocument } from '../projections/accounts.js';
import { ProjectionRunner } from '../runner.js';
import { accountAnswer, type AccountAnswer } from './account-answer.js';

/**
 * One account, for the operator.
 * @throws RingsideError `not_found`
 */
export class GetAccount extends Query<AccountAnswer> {
  constructor(readonly account: string) {
    super();
  }
}

@QueryHandler(GetAccount)
export class GetAccountHandler implements IQueryHandler<GetAccount> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account }: GetAccount): Promise<AccountAnswer> {
    await this.runner.catchUp();
    const [found] = await this.documents.getMany<AccountDocument>(accounts.collection.name, [account]);
    if (!found) throw new RingsideError('not_found', 'there is no such account');
    return accountAnswer(found);
  }
}
