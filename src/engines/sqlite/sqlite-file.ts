import { closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import type { FileIdentity, FileQuestion, FileSettings } from './file-questions.js';

/**
 * The worker's side of a database file: how it is opened, written, checked and asked. Only workers import this module.
 */

/** What kind of database a file is. */
export interface FileForm {
  /** The version of the tables, kept in the file; a higher one was written by a newer Ringside. */
  readonly version: number;
  /** SQL that creates the tables where they are missing. */
  readonly schema: string;
  /** SQL for the connection, beside write-ahead logging. */
  readonly pragmas: string;
}

/** FULL syncs the log at every commit; NORMAL would lose the last commits when the power goes. */
export const DURABLE = 'PRAGMA synchronous = FULL';

/** Primary result code of every way in which another connection can be in the way. */
const SQLITE_BUSY = 5;
/** Result code for a file that is no longer there: the nearest that SQLite has. */
const SQLITE_IOERR = 10;

/** Pauses between tries while the file is busy; short, since a commit takes less than a millisecond. */
const FIRST_PAUSE_MS = 0.25;
const LONGEST_PAUSE_MS = 2;

/** The file this worker has open: a worker has one. */
let opened: { readonly database: DatabaseSync; readonly file: string; readonly identity: FileIdentity } | undefined;

/**
 * Opens the file, for writing by several processes with its tables made, or only for reading.
 * @throws Error naming the file when it cannot be opened, was written by a newer version, or is not the one that must
 * be there
 */
export function openFile(
  { file, busyTimeoutMs, identity, readOnly = false }: FileSettings,
  form: FileForm,
): DatabaseSync {
  try {
    if (identity) requireSame(file, identity);
    else if (!readOnly) makeFile(file);
    const database = new DatabaseSync(file, { readOnly });
    patiently(busyTimeoutMs, () => (readOnly ? requireKnown(database, form) : prepare(database, form)));
    const { dev, ino } = statSync(file, { bigint: true });
    opened = { database, file, identity: { dev, ino } };
    return database;
  } catch (error) {
    const { message, errcode } = error as Error & { errcode?: number };
    throw Object.assign(new Error(`${file}: ${message}`, { cause: error }), { errcode });
  }
}

function prepare(database: DatabaseSync, { version, schema, pragmas }: FileForm): void {
  database.exec(`${pragmas}; PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864`);
  transaction(database, () => {
    requireKnown(database, { version });
    database.exec(`${schema}; PRAGMA user_version = ${version}`);
  });
}

function requireKnown(database: DatabaseSync, { version }: Pick<FileForm, 'version'>): void {
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found > version) throw new Error(`it has schema ${found}, this Ringside knows ${version} at most`);
}

/**
 * Usage and keys are not for every user of the machine; the -wal and -shm files take the same mode. A file that is
 * there is not touched: to open and close it beside SQLite would drop every lock that this process holds on it.
 */
function makeFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Throws when the path no longer leads to the file: what is written to it then would be gone with the process. */
export function requireSame(file: string, { dev, ino }: FileIdentity): void {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (found?.ino === ino && found.dev === dev) return;
  const problem = found ? 'another file was put in its place' : 'it was removed';
  throw Object.assign(new Error(`${problem} while it was in use; put it back, or restart`), { errcode: SQLITE_IOERR });
}

/** The statements around a transaction, prepared once for each connection. */
const brackets = new WeakMap<DatabaseSync, { readonly begin: StatementSync; readonly commit: StatementSync }>();

function bracketsOf(database: DatabaseSync) {
  let found = brackets.get(database);
  if (!found) {
    found = { begin: database.prepare('BEGIN IMMEDIATE'), commit: database.prepare('COMMIT') };
    brackets.set(database, found);
  }
  return found;
}

/** Runs `write` in a write transaction of its own: all or nothing, durable when it returns. */
export function transaction<Result>(database: DatabaseSync, write: () => Result): Result {
  const { begin, commit } = bracketsOf(database);
  begin.run();
  try {
    const result = write();
    commit.run();
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Runs something again as long as another connection is in the way. SQLite's own way of waiting sleeps up to 100 ms at
 * a time, which keeps one of two busy processes waiting for half a second.
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
 * alone; it must have left nothing behind, since it is asked again while the file is busy. Nothing is answered from a
 * file that is gone: what was written there is not durable, and what is read there may be just that.
 */
export function serve<Question extends object>(
  busyTimeoutMs: number,
  answer: (question: Question) => unknown,
  close: () => void,
): void {
  const port = parentPort!;
  port.on('message', ([number, question]: [number, Question | FileQuestion | null]) => {
    try {
      if (question === null) close();
      const answered = question === null ? undefined : patiently(busyTimeoutMs, () => answerTo(question, answer));
      if (question !== null) requireSame(opened!.file, opened!.identity);
      port.postMessage([number, answered]);
    } catch (error) {
      const { message, errcode } = error as Error & { errcode?: number };
      port.postMessage([number, undefined, errcode === undefined ? message : `${opened!.file}: ${message}`, errcode]);
    }
  });
}

function answerTo<Question extends object>(
  question: Question | FileQuestion,
  answer: (question: Question) => unknown,
): unknown {
  if (typeof question === 'object') return answer(question);
  const { database } = opened!;
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (question === 'probe') transaction(database, () => database.exec(`PRAGMA user_version = ${version}`));
  return undefined;
}

/** Tells the main thread something it did not ask for. */
export function notify(notice: unknown): void {
  parentPort!.postMessage([0, notice]);
}
