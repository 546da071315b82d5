import { QUOTE, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT } from '../../domain/json/json-marks.js';

const KEY = Buffer.from(',"usage":null');

/** A piece of bytes, from where to where. */
export type Span = readonly [from: number, to: number];

/**
 * Where `,"usage":null` stands in a chunk as a key of the chunk itself. OpenAI sends it to those who ask for usage,
 * which Ringside does for every call. Inside a string its quotes would be escaped; after it nothing may follow but the
 * end of the chunk's own object.
 */
export function unaskedUsageIn(raw: Buffer): Span | undefined {
  const from = raw.lastIndexOf(KEY);
  return from !== -1 && endsOuterObject(raw, from + KEY.length) ? [from, from + KEY.length] : undefined;
}

/** Whether what follows belongs to an object that holds all others. */
function endsOuterObject(raw: Buffer, from: number): boolean {
  let depth = 1;
  let at = from;
  for (; at < raw.length && depth > 0; at++) {
    const byte = raw[at];
    if (byte === QUOTE) at = endOfString(raw, at);
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
  }
  while (at < raw.length && raw[at]! <= 0x20) at++;
  return depth === 0 && at === raw.length;
}

function endOfString(raw: Buffer, start: number): number {
  let at = start + 1;
  while (at < raw.length && raw[at] !== QUOTE) at += raw[at] === BACKSLASH ? 2 : 1;
  return at;
}
