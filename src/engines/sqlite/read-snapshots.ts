import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** One connection and the searches prepared on it. */
interface Reader {
  readonly database: DatabaseSync;
  readonly finders: Map<string, StatementSync>;
}

/**
 * Connections that each show the file as it was when they began, whatever is written meanwhile: a read transaction of
 * the write-ahead log. They are kept for the next reader, since opening one costs more than most reads. The log grows
 * while one is in use, so nobody may keep one for long.
 */
export class ReadSnapshots {
  private readonly idle: Reader[] = [];
  private readonly inUse = new Map<number, Reader>();

  /** @param connect opens the file for reading */
  constructor(private readonly connect: () => DatabaseSync) {}

  /** Begins a snapshot of this moment under a number that no other has had. */
  begin(snapshot: number): void {
    const reader = this.idle.pop() ?? { database: this.connect(), finders: new Map<string, StatementSync>() };
    try {
      // The transaction stands where its first read finds the file, so there is one at once.
      reader.database.exec('BEGIN; SELECT 1 FROM _checkpoints LIMIT 1');
    } catch (error) {
      reader.database.close();
      throw error;
    }
    this.inUse.set(snapshot, reader);
  }

  /** Whether a snapshot has begun here and not ended. */
  has(snapshot: number): boolean {
    return this.inUse.has(snapshot);
  }

  /** The rows that a search finds in a snapshot. Throws when the snapshot has ended. */
  find(snapshot: number, sql: string, values: readonly SQLInputValue[]): unknown[] {
    const reader = this.inUse.get(snapshot);
    if (!reader) throw new Error('the snapshot has ended');
    let finder = reader.finders.get(sql);
    if (!finder) {
      finder = reader.database.prepare(sql);
      finder.setReturnArrays(true);
      reader.finders.set(sql, finder);
    }
    return finder.all(...values);
  }

  /** Lets go of a snapshot; one that has ended stays so. */
  end(snapshot: number): void {
    const reader = this.inUse.get(snapshot);
    if (!reader) return;
    this.inUse.delete(snapshot);
    reader.database.exec('COMMIT');
    this.idle.push(reader);
  }

  /** Closes all connections, those in use too. */
  close(): void {
    for (const { database } of [...this.idle, ...this.inUse.values()]) database.close();
    this.idle.length = 0;
    this.inUse.clear();
  }
}
