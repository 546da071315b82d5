import { parseExactly, type ExactReading } from '../../domain/json/exact-json.js';
import { WrittenNumber } from '../../domain/json/written-number.js';

/** A JSON object from a stranger: every field is unknown until looked at. */
export type JsonObject = { readonly [field: string]: unknown };

/** The value when it is a JSON object (not null, not an array), else undefined. */
export function asObject(value: unknown): JsonObject | undefined {
  const isObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WrittenNumber);
  return isObject ? (value as JsonObject) : undefined;
}

/** The value when it is a string with something in it, else undefined. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The objects of an array; anything else in it, or no array at all, is left out. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => asObject(item) !== undefined) : [];
}

/** What stands at a place, with dots between names; undefined where there is no such place. */
export function valueAt(object: JsonObject, place: string | undefined): unknown {
  return place?.split('.').reduce<unknown>((value, name) => asObject(value)?.[name], object);
}

/** What a text that is parsed in one piece may hold; more would hold everybody else up. */
export interface JsonBounds {
  /** Arrays, objects and all that stands in them. */
  readonly values: number;
  readonly depth: number;
}

/** Far above one event of a stream, a few milliseconds' work. */
const USUAL_BOUNDS: JsonBounds = { values: 250_000, depth: 128 };

/** A text of so many characters is parsed at once whatever it holds: it cannot hold much. */
const UNSEEN_CHARACTERS = 4096;

/**
 * Parses JSON; undefined when it is not JSON, or holds more than the bounds allow. Leading blank lines, which some
 * providers send to keep a connection alive, are fine.
 * @param reading says which numbers must not be changed; all are doubles where it is left out
 */
export function parseJson(text: string, bounds = USUAL_BOUNDS, reading?: ExactReading): unknown {
  if (text.length > UNSEEN_CHARACTERS && !isWithin(text, bounds)) return undefined;
  try {
    return reading ? parseExactly(text, reading) : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** Counts what a text holds without reading it; strings are skipped, however long. */
function isWithin(text: string, { values, depth }: JsonBounds): boolean {
  let valuesLeft = values;
  let level = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(text, at);
      if (at === -1) return true;
    } else if (unit === COMMA) valuesLeft--;
    // Both kinds of brackets differ from each other in one bit only.
    else if ((unit | 0x20) === 0x7b) {
      valuesLeft--;
      if (++level > depth) return false;
    } else if ((unit | 0x20) === 0x7d) level--;
    if (valuesLeft < 0) return false;
  }
  return true;
}

/** Where the string that begins here ends; -1 when it does not. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
