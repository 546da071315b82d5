import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * The thread that copies the write-ahead log of a ledger into its file, over a connection of its own, while the
 * ledger's thread goes on writing. A copy takes several milliseconds, for which every call would wait.
 */

/** What the ledger's thread tells this one when it starts. */
export interface CheckpointSettings {
  readonly file: string;
  /** Becomes 1 when the connection is closed. */
  readonly closed: Int32Array;
}

/** Asks to copy what the log has, or to close the connection. Answered with `copied`, and through `closed`. */
export type CheckpointOrder = 'copy' | 'close';

/** A pass leaves what was written during it: after the second, that is next to nothing. */
const MOST_PASSES = 2;

const { file, closed } = workerData as CheckpointSettings;
const database = new DatabaseSync(file);
database.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -200');
const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');

/** Copies as long as there is more than at the last look. Another process that copies just now does the same work. */
function copy(): void {
  let copied = -1;
  for (let passes = 0; passes < MOST_PASSES; passes++) {
    const { busy, log } = checkpoint.get() as { busy: number; log: number };
    if (busy !== 0 || log === copied) return;
    copied = log;
  }
}

parentPort!.on('message', (order: CheckpointOrder) => {
  if (order === 'copy') {
    copy();
    parentPort!.postMessage('copied');
    return;
  }
  database.close();
  Atomics.store(closed, 0, 1);
  Atomics.notify(closed, 0);
});
