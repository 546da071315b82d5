import { Injectable } from '@nestjs/common';
import { ExpiringHolds, type OverdueHold } from '../../ledger/statements/expiring-holds.js';
import { DocumentStore } from '../document-store.js';
import { statements, type StatementDocument } from '../projections/statements.js';

/** The holds that the views have folded, by the time when they expire. */
@Injectable()
export class HoldsInViews extends ExpiringHolds {
  constructor(private readonly documents: DocumentStore) {
    super();
  }

  override overdueAt(unixMs: number, limit: number): Promise<readonly OverdueHold[]> {
    return this.documents.find<StatementDocument>(statements.collection.name, {
      range: { field: 'holdsExpireAt', from: 0, to: unixMs + 1 },
      orderBy: 'holdsExpireAt',
      limit,
    });
  }
}
