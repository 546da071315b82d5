import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConfigError } from './config.js';
import { keptSecret, requireDataDir, storedSecret } from './stored-secret.js';

const FILE = 'master-key';

/**
 * The 32-byte master key: the given one, or the one that stands in the data directory, made at the first start.
 * @param mayMake false where nothing may be written
 * @throws ConfigError when the directory cannot be written, or its key file is damaged, or missing and may not be made
 */
export function masterKeyOf(dataDir: string, given: string | undefined, mayMake: boolean): Buffer {
  if (mayMake) requireDataDir(dataDir);
  const text =
    given ?? (mayMake ? storedSecret(dataDir, FILE, () => randomBytes(32).toString('base64')).text : keptKey(dataDir));
  const key = Buffer.from(text, 'base64');
  if (key.length === 32) return key;
  throw new ConfigError(`${join(dataDir, FILE)} must be 32 bytes in base64, but was something else (not shown)`);
}

function keptKey(dataDir: string): string {
  const text = keptSecret(dataDir, FILE);
  if (text !== undefined) return text;
  throw new ConfigError(
    `RINGSIDE_DATA_DIR must be the data directory of a gateway, but ${JSON.stringify(dataDir)} holds no ${FILE}`,
  );
}
