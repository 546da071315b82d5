import { DatabaseSync } from 'node:sqlite';

/** Primary result code when somebody else has the lock. */
const SQLITE_BUSY = 5;

/**
 * A lock on a file that ends with the process that holds it, however that dies. Node has no call for one, SQLite has;
 * unlike a process id it cannot be taken for somebody else's after a restart, nor by a process in another container.
 */
export class ProcessLock {
  private constructor(private readonly database: DatabaseSync) {}

  /** Takes the lock, making its file; undefined when somebody holds it, be it in this very process. */
  static take(file: string): ProcessLock | undefined {
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      // Nothing is ever written, so nothing needs a journal beside it, for which a full disk would have no room. OFF is
      // not allowed here.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return new ProcessLock(database);
    } catch (error) {
      database.close();
      if ((((error as { errcode?: number }).errcode ?? 0) & 0xff) === SQLITE_BUSY) return undefined;
      throw new Error(`${file} cannot be locked: ${(error as Error).message}`, { cause: error });
    }
  }

  release(): void {
    this.database.close();
  }
}
