import { createSecretKey, type KeyObject } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Logger } from '@nestjs/common';
import { ConfigError, type Config } from '../../config/config.js';
import { derivedKey } from '../../config/derived-key.js';
import { makeDirectory } from '../../config/make-directory.js';
import { newNonce } from '../../config/system.js';
import { Spool, type SpoolReservation } from '../../ledger/usage/spool.js';
import type { SpooledUsage } from '../../ledger/usage/spooled-usage.js';
import { GroupCommit } from '../group-commit.js';
import { ProcessLock } from './process-lock.js';
import { readReserve, readSpoolFile, removeFile, SpoolFile, syncDirectory } from './spool-file.js';
import { SpoolReserve } from './spool-reserve.js';

const OWNER_ONLY_DIR = 0o700;
const ENDING = '.spool';

/** Entries that come while the disk is busy go out together; as many as make a line of some megabytes at most. */
const ENTRIES_PER_LINE = 512;

/** How much space is set aside at most, where nobody says so. */
const MOST_RESERVE_BYTES = 64 * 1024 * 1024;

interface Queued {
  readonly entry: SpooledUsage;
  /** The file it lies in, or beside: this process's own or one it took over. */
  readonly path: string;
}

type Settings = Pick<Config, 'masterKey'> & Partial<Pick<Config, 'spoolReserveBytes'>>;

/**
 * A folder of files, one for each living process. Each has a lock beside it that its process holds; one whose lock is
 * free belongs to a dead process, and to whoever takes the lock. Beside each lies a reserve, which is written to when
 * the disk has no room for more, and then until everything is booked, so that what is in the reserve came later.
 */
export class FileSpool extends Spool {
  private readonly logger = new Logger('Spool');
  private readonly key: KeyObject;
  private readonly locks = new Map<string, ProcessLock>();
  private readonly puts = new GroupCommit<SpooledUsage, void>(
    (entries) => this.alone(() => this.write(entries)),
    ENTRIES_PER_LINE,
  );
  private queue: Queued[] = [];
  private beingPut = 0;
  private own: SpoolFile | undefined;
  private space: SpoolReserve | undefined;
  private readonly mostReserveBytes: number;
  private lastJob: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly directory: string,
    { masterKey, spoolReserveBytes = MOST_RESERVE_BYTES }: Settings,
  ) {
    super();
    this.mostReserveBytes = spoolReserveBytes;
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
        throw new ConfigError(
          `${this.directory} must be a directory Ringside can write to: ${(error as Error).message}`,
          { cause: error },
        );
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

  override reserve(bytes: number): SpoolReservation | Promise<SpoolReservation> {
    if (!this.space) throw new Error('the spool is not open');
    return this.space.take(bytes);
  }

  override check(): Promise<void> {
    return this.alone(async () => {
      const { own, space } = this;
      if (!own || !space) throw new Error('the spool is not open');
      if (!(await own.isLinked())) throw new Error(`${own.path} was removed while it was in use`);
      if (!this.holds(own.path)) await this.emptyOwn(own, space);
      await space.check();
    });
  }

  removeFirst(): Promise<void> {
    return this.alone(async () => {
      const removed = this.queue.shift();
      if (!removed || this.holds(removed.path)) return;
      if (removed.path !== this.own?.path) await this.discard(removed.path);
      else await this.emptyOwn(this.own, this.space!);
    });
  }

  async close(): Promise<void> {
    await this.puts.idle();
    await this.alone(async () => {
      const { own } = this;
      if (!own) return;
      this.own = undefined;
      await own.close();
      if (this.space?.isUsed && this.holds(own.path)) await this.space.leave();
      else await this.space?.remove().catch(ignoreMissing);
      if (!this.holds(own.path)) await this.discard(own.path).catch(ignoreMissing);
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
    const made = makeDirectory(this.directory, OWNER_ONLY_DIR);
    if (made !== undefined) await syncDirectory(dirname(made));
    // The number of the process is for people; a name that nobody else has is what counts.
    const path = join(this.directory, `${process.pid}-${newNonce().toString('hex')}${ENDING}`);
    const lock = ProcessLock.take(lockOf(path));
    if (!lock) throw new Error(`${lockOf(path)} is locked`);
    try {
      const file = await SpoolFile.create(path, this.key);
      this.locks.set(path, lock);
      await this.setAside(reserveOf(path));
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
      const [{ entries, torn }, reserve] = [
        await readSpoolFile(path, this.key),
        await readReserve(reserveOf(path), this.key),
      ];
      entries.push(...reserve.entries);
      if (torn || reserve.torn)
        this.logger.warn(`${path} ends in an incomplete line; its call was never answered, and is not recorded`);
      if (entries.length > 0)
        this.logger.warn(
          `${path} holds the usage of ${entries.length} calls that a process could not record before it died`,
        );
      this.locks.set(path, lock);
      this.queue.push(...entries.map((entry) => ({ entry, path })));
      if (entries.length === 0) await this.discard(path);
    } catch (error) {
      if (!this.locks.has(path)) lock.release();
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Its lock was free because another process had just finished with it; taking it made a new one, which nobody
      // needs.
      await unlink(lockOf(path)).catch(() => undefined);
    }
  }

  private async write(entries: readonly SpooledUsage[]): Promise<void[]> {
    const { own } = this;
    if (!own) throw new Error('the spool is not open');
    await this.writeSomewhere(own, entries);
    this.queue.push(...entries.map((entry) => ({ entry, path: own.path })));
    return entries.map(() => undefined);
  }

  /** Once the reserve is written to, everything goes there, so that the order stays. */
  private async writeSomewhere(own: SpoolFile, entries: readonly SpooledUsage[]): Promise<void> {
    if (!this.space?.isUsed) {
      try {
        return await own.append(entries);
      } catch (error) {
        if (!this.space?.isThere) throw error;
        this.logger.warn(
          `the disk has no room for more usage; usage now goes to the reserved space: ${(error as Error).message}`,
        );
      }
    }
    await this.space!.append(entries);
  }

  /** Everything of this process is booked. What was in the reserve goes with its file, and a new one is set aside. */
  private async emptyOwn(own: SpoolFile, space: SpoolReserve): Promise<void> {
    if (own.isUsed) await own.clear();
    if (space.isUsed) await space.remove();
    // Without room for a new one there is none, and `check` says so.
    await space.make().catch(() => undefined);
  }

  /**
   * Without a reserve what others left can still be taken over; `check` says that there is none, and no call is taken.
   */
  private async setAside(path: string): Promise<void> {
    const { key, mostReserveBytes: mostBytes } = this;
    this.space = new SpoolReserve({ path, key, mostBytes, alone: (job) => this.alone(job) });
    await this.space
      .make()
      .catch((error: Error) => this.logger.warn(`no space could be reserved for usage: ${error.message}`));
  }

  private holds(wanted: string): boolean {
    return this.queue.some(({ path }) => path === wanted);
  }

  /** Only the holder of a lock removes the file, and the lock's after it: a file without a lock would be anybody's. */
  private async discard(path: string): Promise<void> {
    await unlink(reserveOf(path)).catch(() => undefined);
    await removeFile(path);
    await removeFile(lockOf(path));
    this.locks.get(path)?.release();
    this.locks.delete(path);
  }
}

/** Whoever removed the directory removed what was to be removed. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function reserveOf(path: string): string {
  return `${path}.reserve`;
}

function lockOf(path: string): string {
  return `${path}.lock`;
}
