import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { newNonce } from '../../config/system.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM: nonce ‖ ciphertext ‖ tag. `boundTo` names the place the text belongs to, so that it
 * cannot be moved to another one unnoticed.
 */
export function seal(key: KeyObject, boundTo: string, plain: Buffer | string): Buffer {
  const nonce = newNonce();
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(boundTo));
  const text = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  return Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts what `seal` made. Throws when the key, the place or a single bit is not the one it was sealed with. */
export function unseal(key: KeyObject, boundTo: string, sealed: Uint8Array): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(sealed.length - TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(boundTo)).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
}
