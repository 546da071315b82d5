import type { JsonObject } from '../json.js';
import { writtenJson, writtenObject } from './written-json.js';

/** Under this name stands, word for word, what a model wrote instead of a JSON object. */
const AS_WRITTEN = 'invalid_arguments';

/**
 * What a tool was called with in an earlier turn, as an object. A call that was cut off, or is no JSON object for another reason, stays in the
 * history: its result tells the model that it failed.
 */
export function argumentsObject(written: string): JsonObject {
  return writtenObject(written) ?? (isNothing(written) ? {} : { [AS_WRITTEN]: written });
}

/** The same as JSON text; what is an object goes out as it was written. */
export function argumentsText(written: string): string {
  return writtenObject(written) ? written : JSON.stringify(argumentsObject(written));
}

function isNothing(written: string): boolean {
  if (written.trim() === '') return true;
  const value = writtenJson(written);
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
