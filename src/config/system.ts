import { randomBytes, randomFillSync } from 'node:crypto';
import { Clock } from '../domain/clock.js';
import { base62Of, IdSource, type IdPrefix } from '../domain/ids.js';

/** The machine's clock. */
export class SystemClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }

  override elapsedMs(): number {
    return performance.now();
  }
}

const RANDOM_POOL_BYTES = 10 * 256;

/**
 * Ids from UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, a 12-bit counter so that ids of one millisecond
 * still sort by the order they were made in, and 62 random bits.
 */
export class SystemIds extends IdSource {
  private readonly random = new Uint8Array(RANDOM_POOL_BYTES);
  private randomAt = RANDOM_POOL_BYTES;
  private lastMs = 0;
  private counter = 0;
  private readonly uuid = new Uint8Array(16);

  override next(prefix: IdPrefix): string {
    this.tick();
    const { uuid } = this;
    const { lastMs } = this;
    // Bits of an integer above 32 cannot be shifted, so the upper two bytes come from a division.
    const upper = Math.floor(lastMs / 2 ** 32);
    uuid[0] = upper >> 8;
    uuid[1] = upper;
    uuid[2] = lastMs >>> 24;
    uuid[3] = lastMs >>> 16;
    uuid[4] = lastMs >>> 8;
    uuid[5] = lastMs;
    uuid[6] = 0x70 | (this.counter >> 8);
    uuid[7] = this.counter & 0xff;
    if (this.randomAt + 8 > RANDOM_POOL_BYTES) {
      randomFillSync(this.random);
      this.randomAt = 0;
    }
    for (let i = 8; i < 16; i++) uuid[i] = this.random[this.randomAt++]!;
    uuid[8] = 0x80 | (uuid[8]! & 0x3f);
    return `${prefix}_${base62Of(uuid)}`;
  }

  /** Time never goes back for ids: within one millisecond, or when the clock is set back, the counter goes on. */
  private tick(): void {
    const nowMs = Date.now();
    if (nowMs > this.lastMs) {
      this.lastMs = nowMs;
      this.counter = 0;
    } else if (++this.counter > 0xfff) {
      this.lastMs++;
      this.counter = 0;
    }
  }
}

/** A new server key: `ko_` and 40 random base-62 characters (about 238 bits). */
export function newServerKey(): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let key = 'ko_';
  while (key.length < 43)
    for (const byte of randomBytes(64)) if (byte < 248 && key.length < 43) key += alphabet[byte % 62];
  return key;
}

/** 32 random bytes for a new AES-256 key. */
export function newSecretKey(): Buffer {
  return randomBytes(32);
}

/** 12 random bytes: a nonce for AES-GCM. */
export function newNonce(): Buffer {
  return randomBytes(12);
}
