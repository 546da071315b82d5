import { derivedKey } from '../../config/derived-key.js';
import { base62Of } from '../../domain/ids.js';

/**
 * The same for every process of one installation, so that two that start together on an empty ledger open one account.
 */
export function firstAccountId(masterKey: Buffer): string {
  return `acct_${base62Of(derivedKey(masterKey, 'first-account').subarray(0, 16))}`;
}
