import type { KeyObject } from 'node:crypto';
import type { SpoolReservation } from '../../ledger/usage/spool.js';
import type { SpooledUsage } from '../../ledger/usage/spooled-usage.js';
import { removeFile, SpoolFile } from './spool-file.js';

/** What is allocated at first: enough for more than a hundred calls at a time. */
const FIRST_BYTES = 1024 * 1024;

/** What the reserve needs to be made. */
export interface ReserveSettings {
  /** Where its file stands; it must not be there yet. */
  readonly path: string;
  readonly key: KeyObject;
  /** It does not grow beyond this. */
  readonly mostBytes: number;
  /** Runs a job while nothing else touches the spool's files. */
  readonly alone: <Result>(job: () => Promise<Result>) => Promise<Result>;
}

/**
 * Space on disk that is allocated before calls need it, so that the usage of every call that was admitted finds room in
 * the spool although the disk has filled up meanwhile. It doubles when more than half is promised to calls under way.
 * Once something lies in it, it is used up: when that is booked, the file is replaced by a new one.
 */
export class SpoolReserve {
  private file: SpoolFile | undefined;
  private promised = 0;
  private growing: Promise<void> | undefined;
  /** Growing failed; the next look tries again, and not each call. */
  private isStuck = false;

  constructor(private readonly settings: ReserveSettings) {}

  get isThere(): boolean {
    return this.file !== undefined;
  }

  /** Whether there are entries in it. */
  get isUsed(): boolean {
    return this.file?.isUsed ?? false;
  }

  /** Room for as many bytes, now or once there is. Rejects when the disk or the limit does not allow that. */
  take(bytes: number): SpoolReservation | Promise<SpoolReservation> {
    const needed = this.promised + bytes;
    const room = this.file?.room ?? 0;
    if (needed > room) return this.grow(needed).then(() => this.taken(bytes));
    if (needed > room / 2 && !this.isStuck) this.grow(2 * needed).catch(() => undefined);
    return this.taken(bytes);
  }

  /** Writes entries into the space that is set aside; durable when it resolves. Under `alone`. */
  async append(entries: readonly SpooledUsage[]): Promise<void> {
    if (!this.file) throw new Error('no space is set aside');
    await this.file.append(entries);
  }

  /** Makes the file, with room for all that is promised, if there is none. Under `alone`. */
  async make(): Promise<void> {
    const { path, key } = this.settings;
    this.file ??= await SpoolFile.create(path, key, sizeFor(this.promised));
  }

  /** Allows another try to grow; rejects while the file is not there, or not where it was. */
  async check(): Promise<void> {
    this.isStuck = false;
    if (!this.file) throw new Error(`there is no room for ${this.settings.path}`);
    if (!(await this.file.isLinked())) throw new Error(`${this.settings.path} was removed while it was in use`);
  }

  /** Removes the file with all that is in it. Under `alone`. */
  async remove(): Promise<void> {
    const { file } = this;
    if (!file) return;
    await removeFile(this.settings.path);
    this.file = undefined;
    await file.close();
  }

  /** Lets go of the file and leaves it where it is. */
  async leave(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }

  private taken(bytes: number): SpoolReservation {
    if (this.promised + bytes > (this.file?.room ?? 0))
      throw new Error('no space is left for the usage of another call');
    this.promised += bytes;
    let isOver = false;
    return {
      release: () => {
        if (isOver) return;
        isOver = true;
        this.promised -= bytes;
      },
    };
  }

  private grow(needed: number): Promise<void> {
    this.growing ??= this.settings
      .alone(() => this.growAlone(needed))
      .catch((error: unknown) => {
        this.isStuck = true;
        throw error;
      })
      .finally(() => (this.growing = undefined));
    return this.growing;
  }

  private async growAlone(needed: number): Promise<void> {
    const { file } = this;
    if (!file || file.isUsed) return;
    const size = Math.min(sizeFor(needed), this.settings.mostBytes);
    if (size > file.allocated) await file.allocate(size);
  }
}

/** A power of two, so that many calls that come together make it grow few times. */
function sizeFor(bytes: number): number {
  return Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(Math.max(bytes, 1))));
}
