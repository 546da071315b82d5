import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { StoreUnavailable } from '../../domain/store-unavailable.js';
import type { Subject } from '../../ledger/keys/subject-store.js';

/** The subjects' file, read over a connection of its own by a thread that may wait for the disk. */
export class KnownSubjects {
  private readonly database: DatabaseSync;
  private readonly select: StatementSync;

  /** Opens a file that is there. */
  constructor(file: string) {
    this.database = new DatabaseSync(file, { readOnly: true });
    this.database.exec('PRAGMA cache_size = -1000');
    this.select = this.database.prepare(
      'SELECT customer, account, external_id_hash AS externalIdHash, wrapped_key AS wrappedKey FROM subjects WHERE customer = ?',
    );
  }

  /**
   * A subject; undefined when there is none.
   * @throws StoreUnavailable
   */
  find(subject: string): Subject | undefined {
    try {
      return this.select.get(subject) as Subject | undefined;
    } catch (error) {
      throw new StoreUnavailable('the store of customers', error);
    }
  }

  close(): void {
    this.database.close();
  }
}
