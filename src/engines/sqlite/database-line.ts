import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from '../../config/make-directory.js';
import { CHECK, PROBE, type FileIdentity, type FileQuestion, type FileSettings } from './file-questions.js';
import { WorkerLine, WorkerRefusal } from './worker-line.js';

/** How a database's worker is started and watched. */
export interface DatabaseLineOptions<Settings extends FileSettings, Answer> {
  /** The worker's module. */
  readonly module: URL;
  readonly settings: Settings;
  /** A question that is not answered within this time is lost. */
  readonly answerTimeoutMs: number;
  readonly onNotice?: (notice: Answer) => void;
  readonly onLost?: () => void;
}

/** Primary result codes that say that the file's bytes are not what they must be. That does not heal. */
const DAMAGED = new Set([11 /* SQLITE_CORRUPT */, 26 /* SQLITE_NOTADB */]);

/** Primary result codes of a disk that does not do what it is told: full, read-only, gone, broken. */
const OUT = new Set([8 /* SQLITE_READONLY */, 10 /* SQLITE_IOERR */, 13 /* SQLITE_FULL */, 14 /* SQLITE_CANTOPEN */]);

/** Whether an error says that the file is damaged, and not that the disk is out. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && DAMAGED.has(code & 0xff);
}

/** Whether an error is the database's: it is out, damaged or silent. Otherwise the question was wrong. */
export function isOfDatabase(error: unknown): boolean {
  return !(error instanceof WorkerRefusal) || error.code !== undefined;
}

/** SQLite's result code, of an answer or of a worker that could not start. */
function codeOf(error: unknown): number | undefined {
  return error instanceof WorkerRefusal ? error.code : (error as { errcode?: number }).errcode;
}

/**
 * The line to the worker that owns one database file, with what is known of the file's condition. The first worker may
 * make the file; a later one opens that very file and no other, since an empty one in its place would begin another
 * history.
 */
export class DatabaseLine<Settings extends FileSettings, Question, Answer> {
  private readonly line: WorkerLine<Question | FileQuestion, Answer>;
  private readonly settings: Settings & { identity?: FileIdentity };
  private closed = false;
  private damage: Error | undefined;
  private outage: Error | undefined;

  constructor(options: DatabaseLineOptions<Settings, Answer>) {
    this.settings = { ...options.settings };
    this.line = new WorkerLine({ ...options, settings: this.settings });
  }

  /**
   * Opens the file. Unless it is only read, it and its folder are made when they are missing. Throws when that cannot
   * be done.
   */
  async open(): Promise<void> {
    const { file, readOnly } = this.settings;
    if (!readOnly) makeDirectory(dirname(file));
    await this.line.request(CHECK);
    const { dev, ino } = statSync(file, { bigint: true });
    this.settings.identity = { dev, ino };
  }

  /** Rejects when there is no answer, for whatever reason. */
  async request(question: Question): Promise<Answer> {
    if (this.closed) throw new Error(`${this.settings.file} is closed`);
    try {
      return await this.line.request(question);
    } catch (error) {
      throw this.noted(error as Error);
    }
  }

  /**
   * Rejects, with the reason, while the file cannot be relied on: it is damaged, or gone, or its thread is silent.
   * After a failure of the disk only a write that succeeds shows that it is over, so one that changes nothing is made.
   */
  async check(): Promise<void> {
    if (this.damage) throw this.damage;
    if (this.closed) throw new Error(`${this.settings.file} is closed`);
    try {
      await this.line.request(this.outage ? PROBE : CHECK);
      this.outage = undefined;
    } catch (error) {
      throw this.noted(error as Error);
    }
  }

  /** Lets the worker finish what it was asked, close its file and end. */
  close(): Promise<void> {
    this.closed = true;
    return this.line.close();
  }

  /** What the error says of the file is kept in mind; the error, naming the file. */
  private noted(error: Error): Error {
    if (isDamage(error)) this.damage = error;
    else if (!(error instanceof WorkerRefusal) || OUT.has((error.code ?? 0) & 0xff)) this.outage = error;
    if (error instanceof WorkerRefusal || error.message.includes(this.settings.file)) return error;
    return Object.assign(new Error(`${this.settings.file}: ${error.message}`, { cause: error }), {
      errcode: codeOf(error),
    });
  }
}
