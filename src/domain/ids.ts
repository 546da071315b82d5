/**
 * Public ids: a prefix that names the kind, then 24 base-62 characters that hold a UUIDv7. The alphabet
 * is in ASCII order and the width is fixed, so ids of one kind sort by the time they were made.
 */
export type IdPrefix = 'acct' | 'cust' | 'req' | 'key' | 'hold' | 'txn' | 'pkey';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BODY_LENGTH = 24;

/** Where new ids come from; a port, so that tests can make them predictable. */
export abstract class IdSource {
  /** A new id, e.g. `req_0060…`, later than every id this source made before. */
  abstract next(prefix: IdPrefix): string;
}

/** Three digits at a time: as many as fit a division that stays exact. */
const DIGITS_PER_DIVISION = 3;
const DIVISOR = 62 ** DIGITS_PER_DIVISION;
const WORD = 2 ** 32;

/** Every two digits, by their value. */
const PAIRS = Array.from(ALPHABET, (first) => Array.from(ALPHABET, (second) => first + second)).flat();

/** Writes 16 bytes as 24 base-62 characters, most significant first. */
export function base62Of(uuid: Uint8Array): string {
  // A long division, word by word. Ids are made several times a call, so it takes no array and no slow remainder.
  let [a, b, c, d] = [wordAt(uuid, 0), wordAt(uuid, 4), wordAt(uuid, 8), wordAt(uuid, 12)];
  let text = '';
  for (let digits = 0; digits < BODY_LENGTH; digits += DIGITS_PER_DIVISION) {
    let value = a;
    a = Math.floor(value / DIVISOR);
    value = (value - a * DIVISOR) * WORD + b;
    b = Math.floor(value / DIVISOR);
    value = (value - b * DIVISOR) * WORD + c;
    c = Math.floor(value / DIVISOR);
    value = (value - c * DIVISOR) * WORD + d;
    d = Math.floor(value / DIVISOR);
    const remainder = value - d * DIVISOR;
    const pair = Math.floor(remainder / 62);
    text = PAIRS[pair]! + ALPHABET[remainder - pair * 62]! + text;
  }
  return text;
}

function wordAt(uuid: Uint8Array, at: number): number {
  return ((uuid[at]! << 24) | (uuid[at + 1]! << 16) | (uuid[at + 2]! << 8) | uuid[at + 3]!) >>> 0;
}

/** True for a well-formed id of that kind; says nothing about whether it exists. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return (
    text.length === prefix.length + 1 + BODY_LENGTH &&
    text.startsWith(`${prefix}_`) &&
    /^[0-9A-Za-z]+$/.test(text.slice(prefix.length + 1))
  );
}
