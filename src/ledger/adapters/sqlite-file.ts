import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';

/** The worker's side of a database file: how it is opened, written and asked. Only workers import this module. */
export interface FileSettings {
  /** Path of the database file; made when missing, with its folder. */
  readonly file: string;
  /** How long to wait while another process writes to the file. */
  readonly busyTimeoutMs: number;
}

/** Primary result code of every way in which another connection can be in the way. */
const SQLITE_BUSY = 5;

/** Pauses between tries while the file is busy; short, since a commit takes less than a millisecond. */
const FIRST_PAUSE_MS = 0.25;
const LONGEST_PAUSE_MS = 2;

/**
 * Opens the file for durable writing by several processes and makes its tables.
 * @param schema SQL that creates the tables where they are missing
 * @throws Error when the file was written by a newer schema
 */
export function openFile({ file, busyTimeoutMs }: FileSettings, schemaVersion: number, schema: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  // Usage and keys are not for every user of the machine; the -wal and -shm files take the same mode.
  closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file);
  return patiently(busyTimeoutMs, () => {
    // Events are about 1 kB: larger pages waste less space at their end. Only a new file takes the setting.
    // FULL syncs the log at every commit; NORMAL would lose the last commits when the power goes.
    database.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('PRAGMA cache_size = -8000; PRAGMA journal_size_limit = 67108864');
    transaction(database, () => {
      const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
      if (found > schemaVersion) throw new Error(`${file} has schema ${found}, this Ringside knows ${schemaVersion} at most`);
      database.exec(`${schema}; PRAGMA user_version = ${schemaVersion}`);
    });
    return database;
  });
}

/** Runs `write` in a write transaction of its own: all or nothing, durable when it returns. */
export function transaction<Result>(database: DatabaseSync, write: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = write();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Runs something again as long as another connection is in the way. SQLite's own way of waiting sleeps up to 100 ms at a
 * time, which keeps one of two busy processes waiting for half a second.
 */
export function patiently<Result>(busyTimeoutMs: number, run: () => Result): Result {
  let waitedMs = 0;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return run();
    } catch (error) {
      const code = (error as { errcode?: number }).errcode;
      if (code === undefined || (code & 0xff) !== SQLITE_BUSY || waitedMs > busyTimeoutMs) throw error;
      waitedMs += pauseMs;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}

/**
 * Answers the main thread's questions one after another until it asks to close. A question whose answer throws fails
 * alone; it must have left nothing behind, since it is asked again while the file is busy.
 */
export function serve<Question>(busyTimeoutMs: number, answer: (question: Question) => unknown, close: () => void): void {
  const port = parentPort!;
  port.on('message', ([number, question]: [number, Question | null]) => {
    try {
      if (question === null) close();
      port.postMessage([number, question === null ? undefined : patiently(busyTimeoutMs, () => answer(question))]);
    } catch (error) {
      port.postMessage([number, undefined, String(error)]);
    }
  });
}

/** Tells the main thread something it did not ask for. */
export function notify(notice: unknown): void {
  parentPort!.postMessage([0, notice]);
}
