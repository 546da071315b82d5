/** A JSON object from a stranger: every field is unknown until looked at. */
export type JsonObject = { readonly [field: string]: unknown };

/** The value when it is a JSON object (not null, not an array), else undefined. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
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

/** Parses JSON; undefined when it is none. Leading blank lines, which some providers send to keep a connection alive, are fine. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
