import { Injectable } from '@nestjs/common';
import { CustomerSnapshots, type CustomerSnapshot } from '../../ledger/streams/customer-snapshots.js';
import { DocumentStore } from '../document-store.js';
import { customers, type CustomerDocument } from '../projections/customers.js';

/**
 * The customers that the views have folded. A store that does not answer has none: the ledger reads the stream then.
 */
@Injectable()
export class CustomersInViews extends CustomerSnapshots {
  constructor(private readonly documents: DocumentStore) {
    super();
  }

  override async find(customer: string): Promise<CustomerSnapshot | undefined> {
    const [state] = await this.documents.getManyIfAnswering<CustomerDocument>(customers.collection.name, [customer]);
    return state && { state, head: state.head };
  }
}
