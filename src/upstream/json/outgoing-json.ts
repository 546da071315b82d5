import { writeExactly } from '../../domain/json/exact-json.js';
import { CLOSE_OBJECT } from '../../domain/json/json-marks.js';
import { sourceOf, type FieldPlace } from '../../domain/json/json-source.js';
import type { JsonObject } from './json.js';

/**
 * How `JSON.stringify` writes half of a surrogate pair, but not the same letters behind a backslash of the text itself.
 */
const LONE_SURROGATE = /\\ud[89a-f][0-9a-f]{2}(?<=(?<!\\)(?:\\\\)*\\u....)/g;

/**
 * A request's body as JSON. Texts that were cut in the middle of a character end in half of one. UTF-8 has no bytes for
 * that, and some providers refuse it, so that U+FFFD goes out in its place to all of them.
 * @param asked what the body was made from: its numbers are spelled as they came
 */
export function outgoingJson(body: object, asked: object = body): string {
  return writeExactly(body, asked).replace(LONE_SURROGATE, String.raw`\ufffd`);
}

const ESCAPE = Buffer.from(String.raw`\u`);

/** What begins the second half of a surrogate pair as well as half of one that stands alone. */
const SURROGATES = [String.raw`\ud`, String.raw`\uD`];

/**
 * A request's body as JSON, where most of it is what the caller sent: fields that are as they were asked for are copied
 * from the caller's bytes, the others are written. Undefined where those bytes are not known, or must not go out as
 * they are. Of an object within a field that names something twice both go out; where money depends on what the
 * provider reads, the body must be written instead.
 * @param asked what the body was made from
 */
export function splicedJson(body: JsonObject, asked: JsonObject): Buffer | undefined {
  const source = sourceOf(asked);
  if (!source || mayHaveHalves(source.bytes)) return undefined;
  const parts: (string | FieldPlace)[] = [];
  let length = 1;
  for (const [name, value] of Object.entries(body)) {
    const place = isSame(value, asked[name]) ? source.fields.get(name) : undefined;
    const written = place ? undefined : JSON.stringify(value);
    if (!place && written === undefined) continue;
    const head = `${parts.length === 0 ? '{' : ','}${JSON.stringify(name)}:${written ?? ''}`;
    parts.push(head);
    length += Buffer.byteLength(head);
    if (!place) continue;
    parts.push(place);
    length += place[1] - place[0];
  }
  if (parts.length === 0) return undefined;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') at += bytes.write(part, at);
    else at += source.bytes.copy(bytes, at, part[0], part[1]);
  }
  bytes[at] = CLOSE_OBJECT;
  return bytes;
}

function mayHaveHalves(bytes: Buffer): boolean {
  return bytes.includes(ESCAPE) && SURROGATES.some((escape) => bytes.includes(escape));
}

/** Whether a field is what it was in the request. Lists are made anew more often than what is in them. */
function isSame(value: unknown, asked: unknown): boolean {
  if (value === asked) return true;
  if (!Array.isArray(value) || !Array.isArray(asked) || value.length !== asked.length) return false;
  return value.every((item, index) => item === asked[index]);
}
