import type { KeyObject } from 'node:crypto';
import { open, readFile, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ConfigError } from '../../config/config.js';
import { seal, unseal } from '../sealing.js';
import type { SpooledUsage } from '../spooled-usage.js';

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
  /** Whether it ends with a line that its process had not finished when it died; nobody was told that it had been put. */
  readonly torn: boolean;
}

/**
 * Reads the file of a process that died. A line that is cut short, or has holes, is what a death in the middle of a write leaves, and
 * only at the end; everything else that cannot be read is not for this process to decide about.
 * @throws ConfigError naming the file and the line
 */
export async function readSpoolFile(path: string, key: KeyObject): Promise<SpoolFileContent> {
  const lines = (await readFile(path, 'latin1')).split('\n');
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

/** One process's part of the spool: lines of sealed JSON, each written and flushed before anybody is told. */
export class SpoolFile {
  private bytes = 0;
  private lines = 0;
  /** Something may stand behind the last good byte. */
  private dirty = false;

  private constructor(
    readonly path: string,
    private readonly key: KeyObject,
    private readonly handle: FileHandle,
  ) {}

  /** Makes the file, which must not be there yet. */
  static async create(path: string, key: KeyObject): Promise<SpoolFile> {
    const handle = await open(path, 'wx', OWNER_ONLY_FILE);
    await handle.sync();
    await syncDirectory(dirname(path));
    return new SpoolFile(path, key, handle);
  }

  /** Adds a line; durable when it resolves. When it rejects the file is as it was, before the next line at the latest. */
  async append(entries: readonly SpooledUsage[]): Promise<void> {
    const line: Line = { version: LINE_VERSION, entries };
    const sealed = seal(this.key, placeOf(this.path, this.lines), JSON.stringify(line));
    const bytes = Buffer.from(`${sealed.toString('base64')}\n`);
    if (this.dirty) await this.truncate();
    this.dirty = true;
    try {
      for (let at = 0; at < bytes.length;) at += (await this.handle.write(bytes, at, bytes.length - at, this.bytes + at)).bytesWritten;
      await this.handle.sync();
    } catch (error) {
      await this.truncate().catch(() => undefined);
      throw error;
    }
    this.dirty = false;
    this.bytes += bytes.length;
    this.lines++;
  }

  /** Empties the file; durable when it resolves. */
  async clear(): Promise<void> {
    this.bytes = 0;
    this.lines = 0;
    this.dirty = true;
    await this.truncate();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async truncate(): Promise<void> {
    await this.handle.truncate(this.bytes);
    await this.handle.sync();
    this.dirty = false;
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
      `line ${index + 1} of ${path} cannot be read: it is damaged, or RINGSIDE_MASTER_KEY is not the one it was written under; it holds usage that is not booked yet`,
      { cause: error },
    );
  }
  if (content.version === LINE_VERSION) return content.entries;
  throw new ConfigError(`line ${index + 1} of ${path} was written by a newer Ringside; start that one`);
}
