import { QUOTE, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT } from '../../domain/json/json-marks.js';

const KEY = Buffer.from(',"usage":null');

/** A range of bytes. */
export type Span = readonly [from: number, to: number];

/**
 * Finds `,"usage":null` as a top-level key of a chunk. OpenAI sends it to callers that ask for usage, and Ringside asks
 * for it in every call. Inside a string its quotes would be escaped. After it, only the end of the chunk's own object
 * may follow.
 */
export function unaskedUsageIn(raw: Buffer): Span | undefined {
  const from = raw.lastIndexOf(KEY);
  return from !== -1 && endsOuterObject(raw, from + KEY.length) ? [from, from + KEY.length] : undefined;
}

/** Whether the rest closes the outermost object. */
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
