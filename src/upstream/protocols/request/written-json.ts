import { HANDED_ON } from '../../../domain/json/exact-json.js';
import { asObject, parseJson, type JsonObject } from '../../json/json.js';

/**
 * Deeper JSON cannot be written without exhausting the stack. Request bodies have the same limit. This one is for JSON
 * inside their strings.
 */
const MAX_DEPTH = 1000;

const OPENING = /[[{]/g;

/**
 * The JSON value in a text of the caller or a model: arguments of a tool call, or a tool result. Undefined if it is not
 * JSON, or nested more than 1,000 levels deep. Numbers stay as they are written.
 */
export function writtenJson(text: string): unknown {
  return isTooDeep(text) ? undefined : parseJson(text, undefined, HANDED_ON);
}

/** The same for an object only. */
export function writtenObject(text: string): JsonObject | undefined {
  return asObject(writtenJson(text));
}

/** Only a text with more brackets than levels is checked character by character. */
function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH || (text.match(OPENING)?.length ?? 0) <= MAX_DEPTH) return false;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === '\\') at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '[' || character === '{') {
      if (++depth > MAX_DEPTH) return true;
    } else if (character === ']' || character === '}') depth--;
  }
  return false;
}
