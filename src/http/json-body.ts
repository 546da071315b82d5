import { isUtf8 } from 'node:buffer';
import { RingsideError } from '../domain/errors.js';

/** Deeper JSON cannot be written out again without exhausting the stack. */
const MAX_DEPTH = 1000;

/**
 * Parses a request body, whatever content type it claims. An empty one is undefined.
 * Errors: `invalid_json` for anything that is not JSON in UTF-8, or nested too deeply.
 */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new RingsideError('invalid_json', 'the request body is not valid UTF-8');
  if (body.length > MAX_DEPTH && isTooDeep(body))
    throw new RingsideError('invalid_json', `the request body is nested more than ${MAX_DEPTH} levels deep`);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new RingsideError('invalid_json', 'the request body is not valid JSON');
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function isTooDeep(body: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
