import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  inOrder,
  keptIn,
  keptNumber,
  putField,
  type ExactReading,
  type NumbersKept,
} from '../../domain/json/exact-json.js';
import {
  QUOTE,
  COMMA,
  COLON,
  OPEN_LIST,
  BACKSLASH,
  CLOSE_LIST,
  OPEN_OBJECT,
  CLOSE_OBJECT,
} from '../../domain/json/json-marks.js';
import { BeyondBounds, type ReadingBounds } from './reading-bounds.js';

const DOUBLES: ExactReading = { numbers: 'doubles' };

/** The text is not JSON. */
class NotJson extends Error {}

/** About two milliseconds of work, in values. Long strings count for more than one. */
const VALUES_A_TURN = 8192;
const BYTES_A_VALUE = 256;
const LIST_BYTES_A_VALUE = 32;

/** A list of plain numbers of at most so many bytes is left to the engine, which is faster. */
const MOST_LIST_BYTES = 128 * 1024;
const PLAIN_LIST = /^\[[\d\s.,eE+-]*\]$/;

/** Rough sizes in memory, in bytes. */
const CONTAINER_BYTES = 64;
const TEXT_BYTES = 32;
const PLAIN_BYTES = 8;

/** Strings up to this length are looked at byte by byte; longer ones are searched. */
const SHORT_BYTES = 256;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LITERALS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const LONGEST_LITERAL = 5;

/** An array or object that is being read. */
interface Open {
  readonly list: unknown[] | undefined;
  readonly fields: Record<string, unknown> | undefined;
  /** Those of the fields so far, where their order is kept. */
  readonly names: Set<string> | undefined;
  /** How its numbers are kept. */
  readonly kept: NumbersKept;
  /** Its items are free, since they are log probabilities. */
  readonly isFree: boolean;
  /** Of the field that is being read. */
  key: string;
  /** How many fields there are so far. */
  fieldCount: number;
}

/**
 * Reads JSON like `JSON.parse`, a piece in each turn of the event loop, so that a large text holds nobody up.
 * @returns undefined when it is not JSON, or not UTF-8
 * @throws BeyondBounds; the signal's reason once that fires
 */
export async function readJsonInSlices(bytes: Buffer, bounds: ReadingBounds, signal?: AbortSignal): Promise<unknown> {
  const reader = new JsonReader(bytes, bounds);
  try {
    while (!reader.read(VALUES_A_TURN)) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    return reader.value;
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

class JsonReader {
  value: unknown;
  #at = 0;
  #work = 0;
  #memoryBytes = 0;
  #items = 0;
  #isDone = false;
  readonly #open: Open[] = [];
  readonly #reading: ExactReading;

  constructor(
    private readonly bytes: Buffer,
    private readonly bounds: ReadingBounds,
  ) {
    this.#reading = bounds.reading ?? DOUBLES;
  }

  /** Reads on for so many values; true when the text is read to its end. */
  read(values: number): boolean {
    this.#work = values;
    while (this.#work > 0 && !this.#isDone) this.#readValue();
    return this.#isDone;
  }

  #readValue(): void {
    this.#count(PLAIN_BYTES);
    const first = this.#next();
    if (first === OPEN_OBJECT) this.#openObject();
    else if (first === OPEN_LIST) this.#openList();
    else this.#add(first === QUOTE ? this.#text() : this.#plain());
  }

  #openObject(): void {
    this.#at++;
    this.#push({ list: undefined, fields: {} });
    if (this.#next() === CLOSE_OBJECT) this.#close();
    else this.#readKey();
  }

  #openList(): void {
    const numbers = this.#listOfNumbers();
    if (numbers) return this.#add(numbers);
    this.#at++;
    this.#push({ list: [], fields: undefined });
    if (this.#next() === CLOSE_LIST) this.#close();
  }

  #push(begun: Pick<Open, 'list' | 'fields'>): void {
    this.#count(CONTAINER_BYTES);
    const outer = this.#open.at(-1);
    const kept = this.#kept();
    const names = begun.fields && kept === 'spelling' ? new Set<string>() : undefined;
    const open: Open = { ...begun, names, kept, isFree: this.#isInFree(), key: '', fieldCount: 0 };
    if (outer?.list && !open.isFree && ++this.#items > this.bounds.items)
      throw new BeyondBounds('it holds too many items');
    if (this.#open.push(open) > this.bounds.depth) throw new BeyondBounds('it is nested too deep');
  }

  #isInFree(): boolean {
    const outer = this.#open.at(-1);
    return outer !== undefined && (outer.isFree || outer.key.startsWith('logprobs'));
  }

  /** How the numbers of the next value are kept. */
  #kept(): NumbersKept {
    const outer = this.#open.at(-1);
    return outer ? keptIn(outer.key, outer.kept, this.#reading) : this.#reading.numbers;
  }

  /** Ends the innermost array or object, which is a value itself. */
  #close(): void {
    this.#at++;
    const { list, fields, names } = this.#open.pop()!;
    this.#add(names ? inOrder(fields!, names) : (list ?? fields));
  }

  /** Puts a value where it belongs, and goes on to where the next one begins. */
  #add(value: unknown): void {
    const outer = this.#open.at(-1);
    if (!outer) return this.#end(value);
    if (outer.list) outer.list.push(value);
    else putField(outer.fields!, outer.key, value);
    const next = this.#next();
    if (next === COMMA) {
      this.#at++;
      if (outer.fields) this.#readKey();
    } else if (next === (outer.list ? CLOSE_LIST : CLOSE_OBJECT)) {
      // Brackets that close one after the other are as many as were opened, which is bounded.
      this.#close();
    } else throw new NotJson();
  }

  #end(value: unknown): void {
    if (this.#next() !== undefined) throw new NotJson();
    this.value = value;
    this.#isDone = true;
  }

  #readKey(): void {
    if (this.#next() !== QUOTE) throw new NotJson();
    const open = this.#open.at(-1)!;
    if (++open.fieldCount > this.bounds.items) throw new BeyondBounds('an object has too many fields');
    open.key = this.#text();
    open.names?.add(open.key);
    this.#count(PLAIN_BYTES);
    if (this.#next() !== COLON) throw new NotJson();
    this.#at++;
  }

  /** The byte that is not white space; undefined at the end. */
  #next(): number | undefined {
    const { bytes } = this;
    let byte = bytes[this.#at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++this.#at];
    return byte;
  }

  #text(): string {
    const { bytes } = this;
    const start = this.#at + 1;
    const soon = Math.min(bytes.length, start + SHORT_BYTES);
    let end = start;
    // Neither quote nor backslash, control character or the beginning of a longer one.
    for (let byte = bytes[end]!; end < soon && byte !== QUOTE && byte !== BACKSLASH && byte >= 0x20 && byte < 0x80;)
      byte = bytes[++end]!;
    if (end < soon && bytes[end] === QUOTE) {
      this.#at = end + 1;
      this.#count(TEXT_BYTES + end - start);
      return bytes.toString('latin1', start, end);
    }
    return this.#longText(start, end);
  }

  /** A string that is long or holds more than plain letters; the engine knows what may stand in it. */
  #longText(start: number, from: number): string {
    const { bytes } = this;
    let end = bytes.indexOf(QUOTE, from);
    while (end !== -1 && this.#isEscaped(end, start)) end = bytes.indexOf(QUOTE, end + 1);
    if (end === -1) throw new NotJson();
    this.#count(TEXT_BYTES + end - start);
    this.#at = end + 1;
    if (!isUtf8(bytes.subarray(start, end))) throw new NotJson();
    return parsed(bytes.toString('utf8', start - 1, end + 1)) as string;
  }

  #isEscaped(at: number, start: number): boolean {
    let backslashes = 0;
    while (at - 1 - backslashes >= start && this.bytes[at - 1 - backslashes] === BACKSLASH) backslashes++;
    return backslashes % 2 === 1;
  }

  /** A number, or one of the three words. */
  #plain(): unknown {
    const { bytes } = this;
    const start = this.#at;
    let end = start;
    for (let byte = bytes[end]!; isInNumber(byte); byte = bytes[++end]!);
    if (end === start) return this.#literal();
    this.#at = end;
    const text = bytes.toString('latin1', start, end);
    if (!NUMBER.test(text)) throw new NotJson();
    return keptNumber(text, this.#kept());
  }

  #literal(): unknown {
    const ahead = this.bytes.subarray(this.#at, this.#at + LONGEST_LITERAL).toString('latin1');
    for (const [word, value] of LITERALS) {
      if (!ahead.startsWith(word)) continue;
      this.#at += word.length;
      return value;
    }
    throw new NotJson();
  }

  /** The list that begins here, when it holds nothing but numbers and is not too long to be read at once. */
  #listOfNumbers(): unknown {
    const { bytes } = this;
    if (this.#kept() !== 'doubles' || !isInNumber(bytes[this.#at + 1]!)) return undefined;
    const end = bytes.subarray(this.#at, this.#at + MOST_LIST_BYTES).indexOf(CLOSE_LIST) + 1;
    const text = bytes.toString('latin1', this.#at, this.#at + end);
    if (!PLAIN_LIST.test(text)) return undefined;
    this.#at += end;
    const numbers = parsed(text) as unknown[];
    this.#work -= end / LIST_BYTES_A_VALUE;
    this.#count(CONTAINER_BYTES + numbers.length * PLAIN_BYTES);
    return numbers;
  }

  #count(memoryBytes: number): void {
    this.#work -= 1 + memoryBytes / BYTES_A_VALUE;
    this.#memoryBytes += memoryBytes;
    if (this.#memoryBytes > this.bounds.memoryBytes) throw new BeyondBounds('it takes too much memory');
  }
}

function isInNumber(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2e || byte === 0x2b || byte === 0x65 || byte === 0x45
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new NotJson();
  }
}
