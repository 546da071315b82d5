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
} from './json-marks.js';
import { jsonNumber, spelledNumber, WrittenNumber, type JsonNumber } from './written-number.js';

/** What becomes of numbers that a double would change, wherever nothing else is said of a field. */
export type NumbersKept =
  /** They become doubles. */
  | 'doubles'
  /** Those whose value a double would change are kept: `9007199254740993`, and not `1.0`. */
  | 'values'
  /** All that a double would not write in the same way. */
  | 'spelling';

/** How a text is read beside what JSON says. */
export interface ExactReading {
  readonly numbers: NumbersKept;
  /** Fields that nobody here counts with: in them every number keeps its spelling. */
  readonly spelledIn?: ReadonlySet<string>;
  /** Only a text with this in it has anything to keep. */
  readonly within?: RegExp;
}

/** A request of a caller: schemas and what goes back to the caller are handed on. */
export const REQUEST: ExactReading = {
  numbers: 'values',
  spelledIn: new Set(['parameters', 'schema', 'metadata', 'arguments']),
};

/** An answer of a provider: what a model wrote into a tool call is handed on. */
export const ANSWER: ExactReading = {
  numbers: 'doubles',
  spelledIn: new Set(['args', 'arguments', 'input']),
  within: /"(?:args|arguments|input)"\s*:\s*\{/,
};

/** JSON that is only written again. */
export const HANDED_ON: ExactReading = { numbers: 'spelling' };

/**
 * Parses JSON so that `JSON.stringify` writes it again with the numbers and in the order that it came with. Of a name
 * that is given twice the last value counts, as everywhere.
 * @param isSuspect says whether the text may hold anything that would change, where somebody has looked already
 * @throws SyntaxError where `JSON.parse` does
 */
export function parseExactly(text: string, reading: ExactReading, isSuspect?: boolean): unknown {
  const plain = JSON.parse(text) as unknown;
  const { within } = reading;
  return (!within || within.test(text)) && (isSuspect ?? mayChange(text))
    ? new ExactReader(text, reading).read()
    : plain;
}

/** How the numbers of an object's fields were spelled that became doubles. It goes along when the fields are copied. */
const SPELLINGS = Symbol('spellings');

type Spelled = Record<string, unknown> & { [SPELLINGS]?: Map<string, string> };

/**
 * Writes what was made of a request that `parseExactly` read: numbers that are doubles meanwhile, as `1.0` is, are
 * spelled as they were, in every field that has come along.
 */
export function writeExactly(value: unknown, request: object): string {
  return SPELLINGS in request ? JSON.stringify(value, spelled) : JSON.stringify(value);
}

function spelled(this: Spelled, name: string, value: unknown): unknown {
  const source = typeof value === 'number' ? this[SPELLINGS]?.get(name) : undefined;
  return source !== undefined && Number(source) === value ? new WrittenNumber(source).toJSON() : value;
}

/** A longer number is not worth being compared with its double; no counter writes one. */
const LONGEST_COMPARED = 64;

/** A number as a reading keeps it. */
export function keptNumber(source: string, kept: NumbersKept): JsonNumber {
  if (source.length > LONGEST_COMPARED && kept !== 'doubles') return new WrittenNumber(source);
  if (kept === 'spelling') return spelledNumber(source);
  const double = Number(source);
  return kept === 'values' ? jsonNumber(double, source) : double;
}

/** How numbers are kept in a field. */
export function keptIn(field: string, kept: NumbersKept, { spelledIn }: ExactReading): NumbersKept {
  return spelledIn?.has(field) ? 'spelling' : kept;
}

/** Sets a field of whatever name; `__proto__` is a name like any other, as for `JSON.parse`. */
export function putField(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(fields, name, { value, writable: true, enumerable: true, configurable: true });
  else fields[name] = value;
}

/**
 * Fields in the order in which they came. An object puts names like `1` before all others, and a schema's order is the
 * order in which some models answer.
 * @param names each name once
 */
export function inOrder(fields: Record<string, unknown>, names: ReadonlySet<string>): Record<string, unknown> {
  let place = 0;
  const own = Object.keys(fields);
  for (const name of names) if (own[place++] !== name) return withOrder(fields, names);
  return fields;
}

function withOrder(fields: Record<string, unknown>, names: ReadonlySet<string>): Record<string, unknown> {
  return new Proxy(fields, {
    ownKeys: (target) => [...new Set<string | symbol>([...names, ...Reflect.ownKeys(target)])],
  });
}

/** Whole numbers of so many digits are doubles whatever they are. */
export const SAFE_DIGITS = 15;
const WHOLE = /^(?:0|[1-9]\d*)?$/;

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}

/** Neither white space nor a mark of JSON. */
function isPlain(unit: number): boolean {
  return unit > 0x20 && unit !== COMMA && unit !== CLOSE_LIST && unit !== CLOSE_OBJECT;
}

/** So many characters of a string are looked at one by one before a search is worth its call. */
const NEAR = 64;

/** Where the string that begins here ends. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ;) {
    for (const near = at + NEAR; at < near; at++) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) return at;
      if (unit === BACKSLASH) at++;
    }
    const quote = text.indexOf('"', at);
    let backslashes = 0;
    while (quote - 1 - backslashes >= at && text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote;
    at = quote + 1;
  }
}

/**
 * Whether a text holds anything that would not be written again as it is. Strings, which most of it is, are leapt over.
 */
function mayChange(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      const isPlace = isDigit(text.charCodeAt(at + 1));
      at = endOfString(text, at);
      if (isPlace && isName(text, at + 1)) return true;
    } else if (unit === MINUS || isDigit(unit)) {
      const start = at;
      while (isPlain(text.charCodeAt(at + 1))) at++;
      if (changesWhenWritten(text.slice(start, at + 1))) return true;
    }
  }
  return false;
}

/**
 * Whether a number is written in another way than a double would be. What stands between two marks of JSON may be none,
 * and have blanks around it.
 */
export function changesWhenWritten(source: string): boolean {
  if (source.length <= SAFE_DIGITS && WHOLE.test(source)) return false;
  const number = source.trim();
  const first = number.charCodeAt(0);
  return (first === MINUS || isDigit(first)) && String(Number(number)) !== number;
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (isBlank(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === COLON;
}

/** Reads a text that is known to be JSON, and not to be nested deeper than the stack. */
class ExactReader {
  #at = 0;
  #hasSpellings = false;
  /** Where the number that was read last stands. */
  #numberFrom = 0;

  constructor(
    private readonly text: string,
    private readonly reading: ExactReading,
  ) {}

  read(): unknown {
    const value = this.#value(this.reading.numbers);
    if (this.#hasSpellings) (value as Spelled)[SPELLINGS] ??= new Map();
    return value;
  }

  #value(kept: NumbersKept): unknown {
    const first = this.#next();
    if (first === OPEN_OBJECT) return this.#object(kept);
    if (first === OPEN_LIST) return this.#list(kept);
    return first === QUOTE ? this.#string() : this.#plain(kept);
  }

  #object(kept: NumbersKept): Record<string, unknown> {
    const fields: Spelled = {};
    const names: string[] = [];
    let hasPlaces = false;
    this.#at++;
    while (this.#next() !== CLOSE_OBJECT) {
      const name = this.#string();
      hasPlaces ||= isDigit(name.charCodeAt(0));
      names.push(name);
      this.#next();
      this.#at++;
      const value = this.#value(keptIn(name, kept, this.reading));
      putField(fields, name, value);
      if (kept === 'values' && typeof value === 'number') this.#noteSpelling(fields, name, value);
      if (this.#next() !== COMMA) continue;
      this.#at++;
    }
    this.#at++;
    return hasPlaces ? inOrder(fields, new Set(names)) : fields;
  }

  #noteSpelling(fields: Spelled, name: string, value: number): void {
    const source = this.text.slice(this.#numberFrom, this.#at);
    if (String(value) === source) return;
    this.#hasSpellings = true;
    (fields[SPELLINGS] ??= new Map()).set(name, source);
  }

  #list(kept: NumbersKept): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    while (this.#next() !== CLOSE_LIST) {
      items.push(this.#value(kept));
      if (this.#next() === COMMA) this.#at++;
    }
    this.#at++;
    return items;
  }

  /** A copy, so that a short string does not keep the whole text in memory. */
  #string(): string {
    const start = this.#at;
    this.#at = endOfString(this.text, start) + 1;
    return JSON.parse(this.text.slice(start, this.#at)) as string;
  }

  /**
   * A number, or one of the three words. Short whole numbers, such as those of tokens, are many where there are any.
   */
  #plain(kept: NumbersKept): unknown {
    const { text } = this;
    const start = this.#at;
    this.#numberFrom = start;
    let end = start;
    let whole = 0;
    let unit = text.charCodeAt(end);
    for (; isDigit(unit); unit = text.charCodeAt(++end)) whole = whole * 10 + unit - 0x30;
    const isWhole = end > start && end - start <= SAFE_DIGITS && !isPlain(unit);
    while (isPlain(text.charCodeAt(end))) end++;
    this.#at = end;
    if (isWhole) return whole;
    const source = text.slice(start, end);
    if (source === 'true') return true;
    if (source === 'false') return false;
    return source === 'null' ? null : keptNumber(source, kept);
  }

  /** Leaps over white space, to the character that stands behind it. */
  #next(): number {
    while (isBlank(this.text.charCodeAt(this.#at))) this.#at++;
    return this.text.charCodeAt(this.#at);
  }
}
