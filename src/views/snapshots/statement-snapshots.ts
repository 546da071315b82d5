import { Injectable } from '@nestjs/common';
import type { StreamName } from '../../ledger/journal/event-store.js';
import { StatementSnapshots, type StatementSnapshot } from '../../ledger/statements/statement-snapshots.js';
import { DocumentStore } from '../document-store.js';
import { statements, type StatementDocument } from '../projections/statements.js';

/**
 * The statements that the views have folded. A store that does not answer has none: the ledger reads the stream then.
 */
@Injectable()
export class StatementsInViews extends StatementSnapshots {
  constructor(private readonly documents: DocumentStore) {
    super();
  }

  override async find(stream: StreamName): Promise<StatementSnapshot | undefined> {
    return (await this.documents.getManyIfAnswering<StatementDocument>(statements.collection.name, [stream]))[0];
  }
}
