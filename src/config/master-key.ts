import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConfigError } from './config.js';
import { requireDataDir, storedSecret } from './stored-secret.js';

const FILE = 'master-key';

/**
 * The 32-byte master key: the given one, or the one that stands in the data directory, made at the first start.
 * @throws ConfigError when the directory cannot be written or its key file is damaged
 */
export function masterKeyOf(dataDir: string, given: string | undefined): Buffer {
  requireDataDir(dataDir);
  const text = given ?? storedSecret(dataDir, FILE, () => randomBytes(32).toString('base64')).text;
  const key = Buffer.from(text, 'base64');
  if (key.length === 32) return key;
  throw new ConfigError(`${join(dataDir, FILE)} must be 32 bytes in base64, but was something else (not shown)`);
}
