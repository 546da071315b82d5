import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { RingsideError } from '../../domain/errors.js';
import { nanoUsd, type NanoUsd } from '../../domain/money.js';
import { DocumentStore } from '../document-store.js';
import { ProjectionRunner } from '../runner.js';
import { attemptsOf } from './attempts-of.js';

/**
 * What a call of a customer took from the customer's wallet, all attempts together.
 * @throws RingsideError `invalid_parameter` when it took nothing
 */
export class GetWalletDebit extends Query<NanoUsd> {
  constructor(
    readonly customer: string,
    readonly requestId: string,
  ) {
    super();
  }
}

@QueryHandler(GetWalletDebit)
export class GetWalletDebitHandler implements IQueryHandler<GetWalletDebit> {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute({ customer, requestId }: GetWalletDebit): Promise<NanoUsd> {
    await this.runner.catchUp();
    const attempts = await attemptsOf(this.documents, requestId);
    const debits = attempts.filter((attempt) => attempt.customer === customer).flatMap(({ data }) => data.wallet ?? []);
    const total = debits.reduce((sum, { debitNanoUsd }) => sum + nanoUsd(debitNanoUsd), 0n);
    if (total > 0n) return nanoUsd(total);
    throw new RingsideError(
      'invalid_parameter',
      `request_id must name a call of this customer that the wallet paid for`,
      {
        param: 'request_id',
      },
    );
  }
}
