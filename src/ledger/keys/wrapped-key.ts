import { createSecretKey, type KeyObject } from 'node:crypto';
import { ConfigError } from '../../config/config.js';
import { derivedKey } from '../../config/derived-key.js';
import { unseal } from './sealing.js';
import type { Subject } from './subject-store.js';

/** The key that wraps the keys of all subjects. */
export function wrappingKeyOf(masterKey: Uint8Array): KeyObject {
  return createSecretKey(derivedKey(Buffer.from(masterKey), 'wrap-subject-keys'));
}

/**
 * A subject's own key.
 * @throws ConfigError when it was wrapped under another master key
 */
export function unwrappedKey(wrappingKey: KeyObject, { customer, wrappedKey }: Subject): KeyObject {
  try {
    return createSecretKey(unseal(wrappingKey, customer, wrappedKey));
  } catch {
    throw new ConfigError(
      `RINGSIDE_MASTER_KEY must be the key this data directory was made with: it does not open that of ${customer}`,
    );
  }
}
