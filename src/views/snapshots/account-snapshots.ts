import { Injectable } from '@nestjs/common';
import { AccountSnapshots, type AccountSnapshot } from '../../ledger/streams/account-snapshots.js';
import { DocumentStore } from '../document-store.js';
import { accountStates, type AccountStateDocument } from '../projections/account-states.js';

/**
 * The accounts that the views have folded. A store that does not answer has none: the ledger reads the stream then.
 */
@Injectable()
export class AccountsInViews extends AccountSnapshots {
  constructor(private readonly documents: DocumentStore) {
    super();
  }

  override async find(account: string): Promise<AccountSnapshot | undefined> {
    return (await this.documents.getManyIfAnswering<AccountStateDocument>(accountStates.collection.name, [account]))[0];
  }
}
