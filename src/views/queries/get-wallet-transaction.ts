import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RingsideError } from '../../domain/errors.js';
import { DocumentStore } from '../document-store.js';
import {
  transactionId,
  walletTransactions,
  type WalletTransactionDocument,
} from '../projections/wallet-transactions.js';
import { ProjectionRunner } from '../runner.js';
import { walletTransactionAnswer, type WalletTransactionAnswer } from './wallet-answer.js';

/**
 * One transaction of a customer's wallet.
 * @throws RingsideError `not_found`
 */
export class GetWalletTransaction extends Query<WalletTransactionAnswer> {
  constructor(
    readonly customer: string,
    readonly transaction: string,
  ) {
    super();
  }
}

@QueryHandler(GetWalletTransaction)
export class GetWalletTransactionHandler implements IQueryHandler<GetWalletTransaction> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ customer, transaction }: GetWalletTransaction): Promise<WalletTransactionAnswer> {
    await this.runner.catchUp();
    const id = transactionId(customer, transaction);
    const [found] = await this.documents.getMany<WalletTransactionDocument>(walletTransactions.collection.name, [id]);
    if (!found) throw new RingsideError('not_found', `there is no transaction ${transaction}`);
    return walletTransactionAnswer(found);
  }
}
