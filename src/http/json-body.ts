import { isUtf8 } from 'node:buffer';
import { RingsideError } from '../domain/errors.js';
import { jsonNumber } from './written-number.js';

/** Deeper JSON cannot be written out again without exhausting the stack. */
const MAX_DEPTH = 1000;

/** What a body's numbers become: doubles, or, where a double would lose digits, a `WrittenNumber`. */
export type NumbersAs = 'doubles' | 'written';

/**
 * Parses a request body, whatever content type it claims. An empty one is undefined.
 * Errors: `invalid_json` for anything that is not JSON in UTF-8, or nested too deeply.
 */
export function parseJsonBody(body: Buffer, numbersAs: NumbersAs = 'doubles'): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new RingsideError('invalid_json', 'the request body is not valid UTF-8');
  if (body.length > MAX_DEPTH && isTooDeep(body))
    throw new RingsideError('invalid_json', `the request body is nested more than ${MAX_DEPTH} levels deep`);
  try {
    const text = body.toString('utf8');
    return numbersAs === 'doubles' ? JSON.parse(text) : parseWithSource(text, keepWritten);
  } catch {
    throw new RingsideError('invalid_json', 'the request body is not valid JSON');
  }
}

/** TypeScript does not know yet that `JSON.parse` shows where a value came from. */
type SourceReviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWithSource = JSON.parse as (this: void, text: string, reviver: SourceReviver) => unknown;

const keepWritten: SourceReviver = (_, value, { source }) =>
  typeof value === 'number' && source !== undefined ? jsonNumber(value, source) : value;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Counts brackets outside strings. Most of a prompt is inside: those bytes are leapt over, from quote to quote. */
function isTooDeep(body: Buffer): boolean {
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === QUOTE) {
      at = endOfString(body, at);
      if (at === -1) return false;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}

/** Where the string that begins here ends; -1 when it never does. A quote behind an odd number of backslashes is part of it. */
function endOfString(body: Buffer, start: number): number {
  for (let at = body.indexOf(QUOTE, start + 1); at !== -1; at = body.indexOf(QUOTE, at + 1)) {
    let backslashes = 0;
    while (body[at - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}
