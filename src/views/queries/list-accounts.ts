import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DocumentStore } from '../document-store.js';
import { accounts, type AccountDocument } from '../projections/accounts.js';
import { ProjectionRunner } from '../runner.js';
import { accountAnswer, type AccountAnswer } from './account-answer.js';
import { listAnswer, parsePage, type ListAnswer } from './page.js';
import type { RawParameters } from './parameters.js';

/**
 * All accounts of the platform, page by page in the order of their ids, for the operator.
 * @throws RingsideError `invalid_parameter`
 */
export class ListAccounts extends Query<ListAnswer<AccountAnswer>> {
  constructor(readonly parameters: RawParameters<'limit' | 'cursor'>) {
    super();
  }
}

@QueryHandler(ListAccounts)
export class ListAccountsHandler implements IQueryHandler<ListAccounts> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ parameters }: ListAccounts): Promise<ListAnswer<AccountAnswer>> {
    const page = parsePage(parameters, 1);
    await this.runner.catchUp();
    const found = await this.documents.find<AccountDocument>(accounts.collection.name, {
      order: 'desc',
      after: page.after && { id: page.after[0]! },
      limit: page.limit + 1,
    });
    return listAnswer(page, found, ({ id }) => [id], accountAnswer);
  }
}
