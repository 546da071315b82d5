import { hkdfSync } from 'node:crypto';

/** What a derived key is for; another purpose gives an unrelated key. */
export type KeyPurpose =
  | 'wrap-subject-keys'
  | 'customer-index'
  | 'upstream-user'
  | 'first-account'
  | 'idempotency-keys'
  | 'kept-answers'
  | 'spool';

/** A 32-byte key of its own for each purpose, so that the master key itself is never used twice. */
export function derivedKey(masterKey: Buffer, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), `ringside/${purpose}`, 32));
}
