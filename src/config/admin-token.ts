import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ConfigError, type AdminToken } from './config.js';
import { storedSecret } from './stored-secret.js';

const FILE = 'admin-token';

/**
 * What opens the operator's door: long, and of characters that an HTTP header can carry. A server key must never open
 * it.
 */
export const ADMIN_TOKEN = /^(?!ko_)[\x21-\x7e]{16,}$/;

/** What a token must be, for messages. */
export const ADMIN_TOKEN_RULE = 'at least 16 visible ASCII characters without spaces that do not begin with "ko_"';

/**
 * The operator's token: the given one, or the one that stands in the data directory, made there when there is none.
 * @throws ConfigError when the directory cannot be written or its token file is damaged
 */
export function adminTokenOf(dataDir: string, given: string | undefined): AdminToken {
  if (given !== undefined) return { text: given, generated: false };
  const { text, made } = storedSecret(dataDir, FILE, () => `ro_${randomBytes(30).toString('base64url')}`);
  if (!ADMIN_TOKEN.test(text))
    throw new ConfigError(`${join(dataDir, FILE)} must be ${ADMIN_TOKEN_RULE}, but was something else (not shown)`);
  return { text, generated: made };
}
