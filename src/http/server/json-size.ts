import {
  QUOTE,
  COMMA,
  MINUS,
  COLON,
  OPEN_LIST,
  BACKSLASH,
  CLOSE_LIST,
  OPEN_OBJECT,
  CLOSE_OBJECT,
} from '../../domain/json/json-marks.js';
import { changesWhenWritten, SAFE_DIGITS } from '../../domain/json/exact-json.js';
import type { FieldPlace } from '../../domain/json/json-source.js';

/** Deeper JSON cannot be written out again without exhausting the stack. */
export const MAX_DEPTH = 1000;

/**
 * How much a body may hold, whatever its bytes: 500,000 values such as token numbers, where a text or a number that is
 * not whole and short counts as 4, a field as 10 and one whose name begins with a digit as 70, which is how much longer
 * they take. JSON within this bound is parsed in some 50 ms; 10 MB of nothing but names would take seconds.
 */
export const MAX_VALUES = 500_000;
const TEXT = 4;
const NUMBER = 4;
const FIELD = 10;
/** An object does not keep such names in their order by itself. */
const DIGIT_FIELD = 70;

/** So many fields one object may have: an object with more is slow to copy, again and again on its way. */
export const MAX_FIELDS = 10_000;

/** What is wrong with a body's size, apart from its bytes. */
export type Oversize = 'too_deep' | 'too_many_values' | 'too_many_fields';

/** What is seen of a body before it is parsed. */
export interface Survey {
  readonly oversize?: Oversize;
  /**
   * It may hold a number, or a name that is one, that would not be written again as it is. Undefined where nobody has
   * looked.
   */
  readonly mayChange?: boolean;
  /**
   * Where the values of the outermost object's fields stand; of a name that is given twice the last. Undefined where
   * nobody has looked, and where a name is not written as it reads.
   */
  readonly fields?: ReadonlyMap<string, FieldPlace> | undefined;
}

const SPACE = 0x20;

const MARKS = new Uint8Array(256);
for (const mark of [QUOTE, COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT]) MARKS[mark] = 1;

/** Bodies shorter than this cannot be over any bound. */
const HARMLESS_BYTES = MAX_DEPTH;

/**
 * Counts what a body will be once it is parsed, by its punctuation outside strings, in time linear in its bytes, and
 * looks at its numbers by the way. It finds no other fault: what is not JSON is left to the parser.
 */
export function surveyOf(body: Buffer): Survey {
  if (body.length <= HARMLESS_BYTES) return {};
  let depth = 0;
  let values = 0;
  let mayChange = false;
  let name = 0;
  const outermost = new OutermostFields(body);
  for (let at = nextMark(body, 0), from = 0; at < body.length; from = at + 1, at = nextMark(body, from)) {
    const byte = body[at]!;
    if (at > from && isOdd(body, from, at)) {
      values += NUMBER - 1;
      mayChange ||= changesWhenWritten(body.toString('latin1', from, at));
    }
    if (byte === QUOTE) {
      name = at + 1;
      at = endOfString(body, at);
      values += TEXT - 1;
    } else if (byte === COMMA) {
      values++;
      if (depth === 1) outermost.end(at);
    } else if (byte === COLON) {
      const isDigits = isDigit(body[name]);
      values += (isDigits ? DIGIT_FIELD : FIELD) - TEXT;
      mayChange ||= isDigits;
      if (++fields[depth]! > MAX_FIELDS) return { oversize: 'too_many_fields' };
      if (depth === 1) outermost.begin(name, at);
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (++depth > MAX_DEPTH) return { oversize: 'too_deep' };
      fields[depth] = 0;
      values++;
    } else if (depth > 0) {
      if (depth === 1) outermost.end(at);
      depth--;
    }
    if (values > MAX_VALUES) return { oversize: 'too_many_values' };
  }
  return { mayChange, fields: outermost.places };
}

/** How many fields each object has that is open. One array for all bodies, since no two are looked at together. */
const fields = new Uint32Array(MAX_DEPTH + 1);

/** Notes where the values of the outermost object's fields stand. */
class OutermostFields {
  readonly #places = new Map<string, FieldPlace>();
  #arePlain = true;
  #name = '';
  #start = 0;

  constructor(private readonly body: Buffer) {}

  /** Undefined where a name has an escape in it: it could be that of another field. */
  get places(): ReadonlyMap<string, FieldPlace> | undefined {
    return this.#arePlain ? this.#places : undefined;
  }

  /** @param nameStart behind the name's first quote. @param colon between its second one, with blanks, and the value */
  begin(nameStart: number, colon: number): void {
    const written = this.body.toString('latin1', nameStart, colon);
    this.#name = written.slice(0, written.lastIndexOf('"'));
    this.#arePlain &&= !this.#name.includes('\\');
    this.#start = colon + 1;
  }

  end(at: number): void {
    if (this.#start > 0) this.#places.set(this.#name, [this.#start, at]);
    this.#start = 0;
  }
}

/** Whether a number stands here that is not whole and short. To take it out of the body costs more than to look. */
function isOdd(body: Uint8Array, from: number, to: number): boolean {
  let digits = 0;
  for (let at = from; at < to; at++) {
    const byte = body[at]!;
    if (isDigit(byte)) digits++;
    else if (byte > SPACE) return digits > 0 || byte === MINUS;
  }
  return digits > SAFE_DIGITS;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/**
 * Where the next byte stands that means something outside strings; the body's length when there is none. Most are
 * digits and blanks.
 */
function nextMark(body: Uint8Array, from: number): number {
  let at = from;
  while (at < body.length && MARKS[body[at]!] === 0) at++;
  return at;
}

/** So many bytes of a string are looked at one by one before a search is worth its call. */
const NEAR = 64;

/**
 * Where the string that begins here ends; the body's length when it never does. Most of a prompt is inside one: a
 * search leaps over its bytes, from quote to quote.
 */
function endOfString(body: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < body.length) {
    for (const near = at + NEAR; at < near; at++) {
      const byte = body[at];
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) at++;
    }
    const quote = body.indexOf(QUOTE, at);
    if (quote === -1) break;
    let backslashes = 0;
    while (quote - 1 - backslashes >= at && body[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote;
    at = quote + 1;
  }
  return body.length;
}
