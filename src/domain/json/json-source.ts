/** The bytes that an object was parsed from, and where in them the value of each of its fields stands. */
export interface JsonSource {
  readonly bytes: Buffer;
  readonly fields: ReadonlyMap<string, FieldPlace>;
}

/** Where the value of a field stands: the first byte, and the one behind the last. */
export type FieldPlace = readonly [start: number, end: number];

const sources = new WeakMap<object, JsonSource>();

/** Keeps in mind what an object was parsed from, for as long as the object itself is kept. */
export function noteSource(parsed: object, source: JsonSource): void {
  sources.set(parsed, source);
}

/** What an object was parsed from; undefined for a copy of it, and where nobody has looked for its fields. */
export function sourceOf(parsed: object): JsonSource | undefined {
  return sources.get(parsed);
}
