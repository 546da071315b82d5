/** The bytes that an object was parsed from, and where in them the value of each of its fields stands. */
export interface JsonSource {
  readonly bytes: Buffer;
  readonly fields: ReadonlyMap<string, FieldPlace>;
}

/** Where the value of a field stands: the first byte, and the one behind the last. */
export type FieldPlace = readonly [start: number, end: number];

const SOURCE = Symbol('source');

interface Parsed {
  readonly [SOURCE]?: JsonSource;
}

/** Notes in an object what it was parsed from. Nothing that lists its fields, copies it or writes it sees that. */
export function noteSource(parsed: object, source: JsonSource): void {
  Object.defineProperty(parsed, SOURCE, { value: source });
}

/** What an object was parsed from; undefined for a copy of it, and where nobody has looked for its fields. */
export function sourceOf(parsed: Parsed): JsonSource | undefined {
  return parsed[SOURCE];
}
