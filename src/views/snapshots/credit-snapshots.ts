import { Injectable } from '@nestjs/common';
import { CreditSnapshots, type CreditSnapshot } from '../../ledger/accounts/credit-snapshots.js';
import { DocumentStore } from '../document-store.js';
import { accounts, type AccountDocument } from '../projections/accounts.js';
import { ProjectionRunner } from '../runner.js';

/**
 * The accounts' credits that the views have folded. One is found only once the views have caught up with the ledger.
 */
@Injectable()
export class CreditsInViews extends CreditSnapshots {
  constructor(
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {
    super();
  }

  override async find(account: string): Promise<CreditSnapshot | undefined> {
    if (!(await this.runner.catchUp())) return undefined;
    const [found] = await this.documents.getManyIfAnswering<AccountDocument>(accounts.collection.name, [account]);
    return found && { account, credit: found.credit, position: found.position };
  }

  override async unsaid(limit: number): Promise<readonly CreditSnapshot[]> {
    const found = await this.documents.find<AccountDocument>(accounts.collection.name, {
      where: { creditUnsaid: 1 },
      limit,
    });
    return found.map(({ id, credit, position }) => ({ account: id, credit, position }));
  }
}
