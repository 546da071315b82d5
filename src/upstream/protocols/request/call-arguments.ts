import type { JsonObject } from '../../json/json.js';
import { outgoingJson } from '../../json/outgoing-json.js';
import { writtenObject } from './written-json.js';

/** Under this name stands, word for word, what a model wrote instead of a JSON object. */
const AS_WRITTEN = 'invalid_arguments';

/** What says that there are no arguments, without the spaces around it. */
const NOTHING = /^(null|""|\[\s*\])?$/;

/**
 * What a tool was called with in an earlier turn, as an object. A call that was cut off, or is no JSON object for
 * another reason, stays in the history: its result tells the model that it failed.
 */
export function argumentsObject(written: string): JsonObject {
  return objectIn(written) ?? (NOTHING.test(written.trim()) ? {} : { [AS_WRITTEN]: written });
}

/** Where half of a surrogate pair may stand behind a backslash, as whoever reads the text would find it. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

/** The same as JSON text; what is an object of whole characters goes out as it was written. */
export function argumentsText(written: string): string {
  return objectIn(written) && !SURROGATE.test(written) ? written : outgoingJson(argumentsObject(written));
}

/**
 * What ends in no brace need not be parsed to be known as cut off, which takes far longer than to parse what is whole.
 */
function objectIn(written: string): JsonObject | undefined {
  const text = written.trim();
  return text.startsWith('{') && text.endsWith('}') ? writtenObject(written) : undefined;
}
