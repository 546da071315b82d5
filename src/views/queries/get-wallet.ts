import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DocumentStore, type Search } from '../document-store.js';
import { statements, type StatementDocument } from '../projections/statements.js';
import { walletTransactions, type WalletTransactionDocument } from '../projections/wallet-transactions.js';
import { ProjectionRunner } from '../runner.js';
import { customerByReference } from './customer-by-reference.js';
import { listAnswer, parsePage, type Page } from './page.js';
import { invalid, type RawParameters } from './parameters.js';
import { walletAnswer, walletTransactionAnswer, type WalletAnswer } from './wallet-answer.js';

/**
 * A customer's wallet (the customer named as in `GetCustomer`) and a page of its transactions, newest first.
 * @throws RingsideError `invalid_parameter`, `customer_not_found`
 */
export class GetWallet extends Query<WalletAnswer> {
  constructor(
    readonly account: string,
    readonly reference: string,
    readonly parameters: RawParameters<'limit' | 'cursor'>,
  ) {
    super();
  }
}

@QueryHandler(GetWallet)
export class GetWalletHandler implements IQueryHandler<GetWallet> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ account, reference, parameters }: GetWallet): Promise<WalletAnswer> {
    const page = parsePage(parameters, 2);
    const search = transactionsOf(page);
    await this.runner.catchUp();
    const customer = await customerByReference(this.documents, account, reference);
    // Together, so that the balance is the one the newest transaction left.
    const [latest, found] = (await this.documents.findTogether([
      latestStatementOf(customer.id),
      search(customer.id),
    ])) as [StatementDocument[], WalletTransactionDocument[]];
    const transactions = listAnswer(page, found, ({ bookedAt, id }) => [String(bookedAt), id], walletTransactionAnswer);
    return walletAnswer(customer, latest[0]?.state.wallet ?? null, transactions);
  }
}

/** The months' statements hand the wallet on, so the latest has it, whichever month that is. */
function latestStatementOf(customer: string): Search {
  return { collection: statements.collection.name, filter: { where: { customer }, order: 'desc', limit: 1 } };
}

/** @throws RingsideError `invalid_parameter` for a cursor that is none of this list's */
function transactionsOf({ limit, after }: Page): (customer: string) => Search {
  const [bookedAt, id] = after ?? [];
  if (bookedAt !== undefined && !/^\d{1,15}$/.test(bookedAt))
    throw invalid('cursor', 'must be a next_cursor of this list');
  return (customer) => ({
    collection: walletTransactions.collection.name,
    filter: {
      where: { customer },
      orderBy: 'bookedAt',
      order: 'desc',
      after: id === undefined ? undefined : { id, value: Number(bookedAt) },
      limit: limit + 1,
    },
  });
}
