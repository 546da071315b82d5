import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config.js';

const OWNER_ONLY_DIR = 0o700;
const OWNER_ONLY_FILE = 0o600;

/**
 * The 32-byte master key: the given one, or the one that stands in the data directory, made at the first start.
 * @throws ConfigError when the directory cannot be written or its key file is damaged
 */
export function masterKeyOf(dataDir: string, given: string | undefined): Buffer {
  try {
    mkdirSync(dataDir, { recursive: true, mode: OWNER_ONLY_DIR });
    const text = given ?? storedKey(join(dataDir, 'master-key'));
    const key = Buffer.from(text, 'base64');
    if (key.length === 32) return key;
  } catch (error) {
    throw new ConfigError(
      `RINGSIDE_DATA_DIR must be a directory Ringside can write to, but was ${JSON.stringify(dataDir)}: ${(error as Error).message}`,
    );
  }
  throw new ConfigError(`${join(dataDir, 'master-key')} must be 32 bytes in base64, but was something else (not shown)`);
}

/** Written aside and linked into place, so that two processes starting together agree on one complete key. */
function storedKey(path: string): string {
  const existing = readIfThere(path);
  if (existing !== undefined) return existing;
  const candidate = `${path}.${process.pid}`;
  const file = openSync(candidate, 'w', OWNER_ONLY_FILE);
  writeSync(file, `${randomBytes(32).toString('base64')}\n`);
  fsyncSync(file);
  closeSync(file);
  try {
    linkSync(candidate, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(candidate);
  }
  return readFileSync(path, 'utf8');
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
