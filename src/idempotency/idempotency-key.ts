import { RingsideError } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';

const HEADER = 'Idempotency-Key';

/** A string of structured fields (RFC 9651 §3.3.3), as the header's draft wants it. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * Reads the key: bare, or as a quoted string, which means the same.
 * @param values one for each time the header was sent
 * @throws RingsideError `invalid_parameter` naming the header
 */
export function parseIdempotencyKey(values: readonly string[]): string {
  const [value = '', ...more] = values.map((text) => text.trim());
  if (more.length > 0) throw malformed('given once');
  const quoted = QUOTED.exec(value)?.[1];
  if (value.startsWith('"') && quoted === undefined)
    throw malformed('a complete quoted string when it begins with a quotation mark');
  const key = quoted === undefined ? value : quoted.replace(/\\(.)/g, '$1');
  if (key === '' || key.length > LIMITS.idempotencyKeyLength)
    throw malformed(`1 to ${LIMITS.idempotencyKeyLength} characters long`);
  if (!PRINTABLE.test(key)) throw malformed('of printable ASCII characters');
  return key;
}

function malformed(mustBe: string): RingsideError {
  return new RingsideError('invalid_parameter', `${HEADER} must be ${mustBe}`, { param: HEADER });
}
