import { setImmediate as nextTurn } from 'node:timers/promises';
import { WrittenNumber } from '../domain/json/written-number.js';

/** A request that came with an `Idempotency-Key`: what the key stands for. */
export interface KeyedRequest {
  /** The key, once for each time the header was sent. */
  readonly keyValues: readonly string[];
  /** Whose key it is: an account's id. */
  readonly account: string;
  readonly requestId: string;
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** The value of `FC-Customer`, which says as much about a call as its body does. */
  readonly customerHeader: string | undefined;
  /** The parsed body without the fields that a repetition may change. */
  readonly body: unknown;
}

/** What takes in a text piece by piece, in UTF-8: a hash. */
interface TextSink {
  update(text: string): unknown;
}

/** So many characters are made and taken in before others have their turn: one to two milliseconds. */
const TURN_CHARACTERS = 256 * 1024;

/** A value costs time beside its characters; an empty one as much as this many. */
const VALUE_CHARACTERS = 32;

/**
 * Gives a sink the text whose keyed hash tells one request from another: two bodies that are the same JSON, in whatever
 * order and spacing, are the same request. A large one is taken in by turns, between which the process does other
 * things.
 */
export async function writeRequest(
  { method, path, customerHeader, body }: KeyedRequest,
  sink: TextSink,
): Promise<void> {
  let text = `${method} ${path}\n${customerHeader ?? ''}\n`;
  let left = TURN_CHARACTERS;
  for (const piece of canonicalPieces(body)) {
    text += piece;
    left -= piece.length + VALUE_CHARACTERS;
    if (left > 0) continue;
    sink.update(text);
    text = '';
    left = TURN_CHARACTERS;
    await nextTurn();
  }
  sink.update(text);
}

/** JSON with the names of every object in order and nothing between the tokens; `null` for undefined. */
export function canonicalJson(value: unknown): string {
  return [...canonicalPieces(value)].join('');
}

/** A list or an object that is being written: what is left of it, from the end. */
interface Unfinished {
  readonly end: ']' | '}';
  /** Of a list its values, of an object its fields; `next` counts up. */
  readonly names: readonly string[] | undefined;
  readonly values: Readonly<Record<string, unknown>> | readonly unknown[];
  next: number;
}

/**
 * Canonical JSON in pieces of bounded length. It keeps a stack of its own, and looks at each value once, however deep.
 */
function* canonicalPieces(value: unknown): Generator<string> {
  const stack: Unfinished[] = [];
  yield* opened(value, '', stack);
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { names, values, end } = top;
    const place = top.next++;
    if (place >= (names ?? (values as readonly unknown[])).length) {
      stack.pop();
      yield end;
      continue;
    }
    const comma = place === 0 ? '' : ',';
    if (!names) yield* opened((values as readonly unknown[])[place], comma, stack);
    else
      yield* opened(
        (values as Readonly<Record<string, unknown>>)[names[place]!],
        `${comma}${JSON.stringify(names[place])}:`,
        stack,
      );
  }
}

/** The pieces of a value up to its first inner one; a list or object is put on the stack for the rest. */
function* opened(value: unknown, before: string, stack: Unfinished[]): Generator<string> {
  if (Array.isArray(value)) {
    stack.push({ end: ']', names: undefined, values: value as readonly unknown[], next: 0 });
    yield `${before}[`;
  } else if (typeof value === 'object' && value !== null && !(value instanceof WrittenNumber)) {
    const values = value as Readonly<Record<string, unknown>>;
    const names = Object.keys(values).filter((name) => values[name] !== undefined);
    stack.push({ end: '}', names: names.toSorted(byCodeUnits), values, next: 0 });
    yield `${before}{`;
  } else if (typeof value === 'string' && value.length > TURN_CHARACTERS) {
    yield before;
    yield* piecesOfString(value);
  } else yield before + (JSON.stringify(value) ?? 'null');
}

/** The JSON of a long string. A pair of surrogates is one character, and never cut. */
function* piecesOfString(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + TURN_CHARACTERS);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
    const json = JSON.stringify(text.slice(start, end));
    yield json.slice(start === 0 ? 0 : 1, end === text.length ? undefined : -1);
    start = end;
  }
}

function isHighSurrogate(codeUnit: number): boolean {
  return codeUnit >= 0xd800 && codeUnit <= 0xdbff;
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}
