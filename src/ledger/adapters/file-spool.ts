import { createSecretKey, type KeyObject } from 'node:crypto';
import { mkdir, readdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Logger } from '@nestjs/common';
import { ConfigError, type Config } from '../../config/config.js';
import { derivedKey } from '../../config/derived-key.js';
import { newNonce } from '../../config/system.js';
import { Spool } from '../spool.js';
import type { SpooledUsage } from '../spooled-usage.js';
import { GroupCommit } from './group-commit.js';
import { ProcessLock } from './process-lock.js';
import { readSpoolFile, removeFile, SpoolFile, syncDirectory } from './spool-file.js';

const OWNER_ONLY_DIR = 0o700;
const ENDING = '.spool';

/** Entries that come while the disk is busy go out together; as many as make a line of some megabytes at most. */
const ENTRIES_PER_LINE = 512;

interface Queued {
  readonly entry: SpooledUsage;
  /** The file it lies in, this process's own or one it took over. */
  readonly path: string;
}

/**
 * A folder of files, one for each living process. Each has a lock beside it that its process holds; one whose lock is free belongs
 * to a dead process, and to whoever takes the lock.
 */
export class FileSpool extends Spool {
  private readonly logger = new Logger('Spool');
  private readonly key: KeyObject;
  private readonly locks = new Map<string, ProcessLock>();
  private readonly puts = new GroupCommit<SpooledUsage, void>((entries) => this.alone(() => this.write(entries)), ENTRIES_PER_LINE);
  private queue: Queued[] = [];
  private beingPut = 0;
  private own: SpoolFile | undefined;
  private lastJob: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly directory: string,
    { masterKey }: Pick<Config, 'masterKey'>,
  ) {
    super();
    this.key = createSecretKey(derivedKey(masterKey, 'spool'));
  }

  get size(): number {
    return this.queue.length + this.beingPut;
  }

  open(): Promise<void> {
    return this.alone(async () => {
      try {
        this.own ??= await this.makeOwn();
      } catch (error) {
        throw new ConfigError(`${this.directory} must be a directory Ringside can write to: ${(error as Error).message}`, { cause: error });
      }
      for (const name of (await readdir(this.directory)).filter((file) => file.endsWith(ENDING)).toSorted()) {
        const path = join(this.directory, name);
        if (!this.locks.has(path)) await this.takeOver(path);
      }
    });
  }

  first(): SpooledUsage | undefined {
    return this.queue[0]?.entry;
  }

  async put(entry: SpooledUsage): Promise<void> {
    this.beingPut++;
    try {
      await this.puts.add(entry);
    } finally {
      this.beingPut--;
    }
  }

  removeFirst(): Promise<void> {
    return this.alone(async () => {
      const removed = this.queue.shift();
      if (!removed || this.queue.some(({ path }) => path === removed.path)) return;
      if (removed.path === this.own?.path) await this.own.clear();
      else await this.discard(removed.path);
    });
  }

  async close(): Promise<void> {
    await this.puts.idle();
    await this.alone(async () => {
      const { own } = this;
      if (!own) return;
      this.own = undefined;
      await own.close();
      if (!this.queue.some(({ path }) => path === own.path)) await this.discard(own.path);
      for (const lock of this.locks.values()) lock.release();
      this.locks.clear();
      this.queue = [];
    });
  }

  /** Files are touched by one thing at a time. */
  private alone<Result>(job: () => Promise<Result>): Promise<Result> {
    const done = this.lastJob.then(job);
    this.lastJob = done.catch(() => undefined);
    return done;
  }

  private async makeOwn(): Promise<SpoolFile> {
    const made = await mkdir(this.directory, { recursive: true, mode: OWNER_ONLY_DIR });
    if (made !== undefined) await syncDirectory(dirname(made));
    // The number of the process is for people; a name that nobody else has is what counts.
    const path = join(this.directory, `${process.pid}-${newNonce().toString('hex')}${ENDING}`);
    const lock = ProcessLock.take(lockOf(path));
    if (!lock) throw new Error(`${lockOf(path)} is locked`);
    try {
      const file = await SpoolFile.create(path, this.key);
      this.locks.set(path, lock);
      return file;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Takes the file of a dead process over; that of a living one stays what it is. */
  private async takeOver(path: string): Promise<void> {
    const lock = ProcessLock.take(lockOf(path));
    if (!lock) return;
    try {
      const { entries, torn } = await readSpoolFile(path, this.key);
      if (torn) this.logger.warn(`${path} ends in a line whose write was interrupted; its call was never answered, and is not booked`);
      if (entries.length > 0)
        this.logger.warn(`${path} holds the usage of ${entries.length} calls that a process could not book before it died`);
      this.locks.set(path, lock);
      this.queue.push(...entries.map((entry) => ({ entry, path })));
      if (entries.length === 0) await this.discard(path);
    } catch (error) {
      if (!this.locks.has(path)) lock.release();
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Its lock was free because another process had just finished with it; taking it made a new one, which nobody needs.
      await unlink(lockOf(path)).catch(() => undefined);
    }
  }

  private async write(entries: readonly SpooledUsage[]): Promise<void[]> {
    const { own } = this;
    if (!own) throw new Error('the spool is not open');
    await own.append(entries);
    this.queue.push(...entries.map((entry) => ({ entry, path: own.path })));
    return entries.map(() => undefined);
  }

  /** Only the holder of a lock removes the file, and the lock's after it: a file without a lock would be anybody's. */
  private async discard(path: string): Promise<void> {
    await removeFile(path);
    await removeFile(lockOf(path));
    this.locks.get(path)?.release();
    this.locks.delete(path);
  }
}

function lockOf(path: string): string {
  return `${path}.lock`;
}
