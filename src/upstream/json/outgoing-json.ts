import { writeExactly } from '../../domain/json/exact-json.js';

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
