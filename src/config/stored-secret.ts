import { closeSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config.js';
import { makeDirectory } from './make-directory.js';

const OWNER_ONLY_DIR = 0o700;
const OWNER_ONLY_FILE = 0o600;

/** A secret of the data directory; `made` tells that this very call made it. */
export interface StoredSecret {
  readonly text: string;
  readonly made: boolean;
}

/**
 * The secret that stands in a file of the data directory, readable by its owner alone, made now if there is none.
 * @throws ConfigError when the directory cannot be written
 */
export function storedSecret(dataDir: string, name: string, make: () => string): StoredSecret {
  requireDataDir(dataDir);
  return inDataDir(dataDir, () => readOrWrite(join(dataDir, name), make));
}

/** The secret that stands in a file of the data directory; undefined when there is none. */
export function keptSecret(dataDir: string, name: string): string | undefined {
  return inDataDir(dataDir, () => readIfThere(join(dataDir, name)));
}

/** Makes the data directory when it is missing. Throws a ConfigError when that cannot be done. */
export function requireDataDir(dataDir: string): void {
  inDataDir(dataDir, () => makeDirectory(dataDir, OWNER_ONLY_DIR));
}

function inDataDir<T>(dataDir: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new ConfigError(
      `RINGSIDE_DATA_DIR must be a directory Ringside can write to, but was ${JSON.stringify(dataDir)}: ${(error as Error).message}`,
    );
  }
}

/** Written aside and linked into place, so that two processes starting together agree on one complete secret. */
function readOrWrite(path: string, make: () => string): StoredSecret {
  const existing = readIfThere(path);
  if (existing !== undefined) return { text: existing, made: false };
  const candidate = `${path}.${process.pid}`;
  const text = make();
  const file = openSync(candidate, 'w', OWNER_ONLY_FILE);
  writeSync(file, `${text}\n`);
  fsyncSync(file);
  closeSync(file);
  try {
    linkSync(candidate, path);
    return { text, made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(candidate);
  }
  return { text: readFileSync(path, 'utf8').trim(), made: false };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
