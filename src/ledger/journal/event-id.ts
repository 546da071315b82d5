import { hash } from 'node:crypto';

/** Ringside's own UUID namespace (RFC 9562 §6.6). */
const NAMESPACE = Buffer.from('6d1f0c9e2b7a4e55a3c85f0be1d2749c', 'hex');

/** Holds the namespace and, behind it, the name that is hashed; nearly all names fit. */
const scratch = Buffer.concat([NAMESPACE, Buffer.alloc(240)]);

/**
 * The id of the event that a cause (a request, a statement) makes at one step: a UUIDv5, so the same step of the
 * same cause has the same id on every try and is stored once.
 */
export function eventId(cause: string, step: string): string {
  const digest = hash('sha1', named(`${cause}/${step}`), 'hex');
  const variant = ((parseInt(digest[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

function named(name: string): Buffer {
  const length = NAMESPACE.length + name.length;
  if (length > scratch.length) return Buffer.concat([NAMESPACE, Buffer.from(name, 'latin1')]);
  scratch.write(name, NAMESPACE.length, 'latin1');
  return scratch.subarray(0, length);
}
