import type { JsonObject } from '../../json/json.js';
import { outgoingJson } from '../../json/outgoing-json.js';
import { writtenObject } from './written-json.js';

/** The field for arguments that are not a JSON object, as the model wrote them. */
const AS_WRITTEN = 'invalid_arguments';

/** A text that means no arguments, without the spaces around it. */
const NOTHING = /^(null|""|\[\s*\])?$/;

/**
 * The arguments of an earlier tool call, as an object. A call that was cut off, or is not a JSON object, stays in the
 * history: its result tells the model that it failed.
 */
export function argumentsObject(written: string): JsonObject {
  return objectIn(written) ?? (NOTHING.test(written.trim()) ? {} : { [AS_WRITTEN]: written });
}

/** A half surrogate pair, written as an escape. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

/** The same as JSON text. An object without half surrogate pairs goes out as it was written. */
export function argumentsText(written: string): string {
  return objectIn(written) && !SURROGATE.test(written) ? written : outgoingJson(argumentsObject(written));
}

/** A text that does not end with a brace was cut off. It is not parsed, because parsing fails slowly. */
function objectIn(written: string): JsonObject | undefined {
  const text = written.trim();
  return text.startsWith('{') && text.endsWith('}') ? writtenObject(written) : undefined;
}
