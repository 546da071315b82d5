import type { KeyObject } from 'node:crypto';
import { open, readFile, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ConfigError } from '../../config/config.js';
import { seal, unseal } from '../../ledger/keys/sealing.js';
import type { SpooledUsage } from '../../ledger/usage/spooled-usage.js';

const OWNER_ONLY_FILE = 0o600;

/** The version of a line's text; another one was written by a newer Ringside. */
const LINE_VERSION = 1;

interface Line {
  readonly version: number;
  readonly entries: readonly SpooledUsage[];
}

/** What a spool file holds. */
export interface SpoolFileContent {
  readonly entries: SpooledUsage[];
  /**
   * Whether it ends with a line that its process had not finished when it died; nobody was told that it had been put.
   */
  readonly torn: boolean;
}

/**
 * Reads the file of a process that died. A line that is cut short, or has holes, is what a death in the middle of a
 * write leaves, and only at the end; everything else that cannot be read is not for this process to decide about.
 * @throws ConfigError naming the file and the line
 */
export async function readSpoolFile(path: string, key: KeyObject): Promise<SpoolFileContent> {
  return contentOf(path, await readFile(path), key);
}

/**
 * As `readSpoolFile`, for a file whose space was allocated beforehand: what was never written to reads as zeros.
 * Without such a file there is nothing in it.
 */
export async function readReserve(path: string, key: KeyObject): Promise<SpoolFileContent> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { entries: [], torn: false };
    throw error;
  }
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return contentOf(path, bytes.subarray(0, end), key);
}

function contentOf(path: string, bytes: Buffer, key: KeyObject): SpoolFileContent {
  const lines = bytes.toString('latin1').split('\n');
  const rest = lines.pop()!;
  const entries: SpooledUsage[] = [];
  let torn = rest !== '';
  for (const [index, line] of lines.entries()) {
    const isLast = index === lines.length - 1 && !torn;
    if (isLast && !isWhole(line)) torn = true;
    else entries.push(...entriesOf(path, index, line, key));
  }
  return { entries, torn };
}

/** Space is allocated in pieces of this size. */
const PIECE = Buffer.alloc(1024 * 1024);

/**
 * One process's part of the spool: lines of sealed JSON, each written and flushed before anybody is told. A file may
 * have space beyond its lines that is allocated already: zeros that were written and flushed, so that lines find room
 * there on a full disk.
 */
export class SpoolFile {
  private bytes = 0;
  private lines = 0;
  private allocatedTo = 0;
  /** How far something may stand behind the last good byte; not beyond that byte when nothing does. */
  private dirtyTo = 0;

  private constructor(
    readonly path: string,
    private readonly key: KeyObject,
    private readonly handle: FileHandle,
  ) {}

  /** Makes the file, which must not be there yet. Leaves none behind when it rejects. */
  static async create(path: string, key: KeyObject, allocatedBytes = 0): Promise<SpoolFile> {
    const handle = await open(path, 'wx', OWNER_ONLY_FILE);
    const file = new SpoolFile(path, key, handle);
    try {
      await file.allocate(allocatedBytes);
      await syncDirectory(dirname(path));
    } catch (error) {
      await handle.close();
      await unlink(path).catch(() => undefined);
      throw error;
    }
    return file;
  }

  /** Whether there are lines in it. */
  get isUsed(): boolean {
    return this.lines > 0;
  }

  /** How many bytes of lines it surely takes. */
  get room(): number {
    return Math.max(0, this.allocatedTo - this.bytes);
  }

  /** The file's size up to which space is allocated. */
  get allocated(): number {
    return this.allocatedTo;
  }

  /** Allocates the file's space up to a size; durable when it resolves. */
  async allocate(upTo: number): Promise<void> {
    for (let at = this.allocatedTo; at < upTo;)
      at += await this.write(PIECE.subarray(0, Math.min(PIECE.length, upTo - at)), at);
    await this.handle.sync();
    this.allocatedTo = Math.max(this.allocatedTo, upTo);
  }

  /** Whether the path still leads to this file; what is written to it otherwise is lost with the process. */
  async isLinked(): Promise<boolean> {
    const { dev, ino } = await this.handle.stat({ bigint: true });
    const found = await stat(this.path, { bigint: true }).catch(() => undefined);
    return found?.ino === ino && found.dev === dev;
  }

  /**
   * Adds a line; durable when it resolves. When it rejects the file is as it was, before the next line at the latest.
   */
  async append(entries: readonly SpooledUsage[]): Promise<void> {
    const line: Line = { version: LINE_VERSION, entries };
    const sealed = seal(this.key, placeOf(this.path, this.lines), JSON.stringify(line));
    const bytes = Buffer.from(`${sealed.toString('base64')}\n`);
    if (this.dirtyTo > this.bytes) await this.cutOff();
    this.dirtyTo = this.bytes + bytes.length;
    try {
      await this.write(bytes, this.bytes);
      await this.handle.sync();
      if (!(await this.isLinked())) throw new Error(`${this.path} was removed while it was in use`);
    } catch (error) {
      await this.cutOff().catch(() => undefined);
      throw error;
    }
    this.bytes += bytes.length;
    this.lines++;
  }

  /** Empties a file that has no space allocated; durable when it resolves. */
  async clear(): Promise<void> {
    this.dirtyTo = Math.max(this.dirtyTo, this.bytes);
    this.bytes = 0;
    this.lines = 0;
    await this.cutOff();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** Takes away what stands behind the last good byte, but no space that is allocated. */
  private async cutOff(): Promise<void> {
    const { bytes, dirtyTo, allocatedTo } = this;
    const within = Math.min(dirtyTo, allocatedTo) - bytes;
    if (within > 0) await this.write(Buffer.alloc(within), bytes);
    if (dirtyTo > allocatedTo) await this.handle.truncate(Math.max(bytes, allocatedTo));
    await this.handle.sync();
    this.dirtyTo = this.bytes;
  }

  private async write(bytes: Buffer, at: number): Promise<number> {
    for (let written = 0; written < bytes.length;)
      written += (await this.handle.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
    return bytes.length;
  }
}

/** Removes a file for good. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path);
  await syncDirectory(dirname(path));
}

/** Flushes a directory: what was made or removed in it stays so after a loss of power only then. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A line is sealed to its place, so that none can be moved, or left out, unnoticed. */
function placeOf(path: string, index: number): string {
  return `${basename(path)}:${index}`;
}

function isWhole(line: string): boolean {
  return line.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(line);
}

function entriesOf(path: string, index: number, line: string, key: KeyObject): readonly SpooledUsage[] {
  let content: Line;
  try {
    content = JSON.parse(unseal(key, placeOf(path, index), Buffer.from(line, 'base64')).toString()) as Line;
  } catch (error) {
    throw new ConfigError(
      `line ${index + 1} of ${path} cannot be read: it is damaged, or was written under another RINGSIDE_MASTER_KEY; it holds usage that is not recorded yet`,
      { cause: error },
    );
  }
  if (content.version === LINE_VERSION) return content.entries;
  throw new ConfigError(`line ${index + 1} of ${path} was written by a newer version of Ringside; start that version`);
}
