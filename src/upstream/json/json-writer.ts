import { setImmediate as nextTurn } from 'node:timers/promises';
import { WrittenNumber } from '../../domain/json/written-number.js';

/** About two milliseconds of work, in characters and values. */
const WORK_A_TURN = 128 * 1024;
const VALUE_WORK = 16;

/** Texts are written, and made bytes, in pieces of this many characters. */
const PIECE_CHARACTERS = 64 * 1024;

/** An array, an object or a long text in pieces that is being written. */
interface Open {
  readonly end: ']' | '}' | '"';
  readonly names: readonly string[] | undefined;
  readonly values: readonly unknown[];
  next: number;
  /** Something of it stands there already. */
  hasBegun: boolean;
}

/**
 * Writes data as `JSON.stringify` does, a piece in each turn of the event loop, so that a large answer holds nobody up.
 */
export async function writeJsonInSlices(value: unknown): Promise<Buffer> {
  const writer = new JsonWriter(value);
  while (!writer.write(WORK_A_TURN)) await nextTurn();
  return Buffer.concat(writer.pieces);
}

class JsonWriter {
  readonly pieces: Buffer[] = [];
  #text = '';
  #work = 0;
  readonly #open: Open[] = [];

  constructor(value: unknown) {
    this.#write(value);
  }

  /** Writes on for so much work; true when all is written. */
  write(work: number): boolean {
    this.#work = work;
    while (this.#work > 0) {
      const open = this.#open.at(-1);
      if (!open) {
        this.#flush();
        return true;
      }
      this.#step(open);
      if (this.#text.length > PIECE_CHARACTERS) this.#flush();
    }
    return false;
  }

  #step(open: Open): void {
    const { names, values, end } = open;
    if (open.next === values.length) {
      this.#text += end;
      this.#open.pop();
      return;
    }
    const place = open.next++;
    const value = values[place];
    this.#work -= VALUE_WORK;
    if (end === '"') {
      const piece = JSON.stringify(value);
      this.#work -= piece.length;
      this.#text += piece.slice(1, -1);
      return;
    }
    if (names && value === undefined) return;
    if (open.hasBegun) this.#text += ',';
    open.hasBegun = true;
    if (names) this.#text += `${JSON.stringify(names[place])}:`;
    this.#write(value);
  }

  #write(value: unknown): void {
    if (typeof value === 'string' && value.length > PIECE_CHARACTERS) {
      this.#text += '"';
      this.#open.push({ end: '"', names: undefined, values: piecesOf(value), next: 0, hasBegun: false });
      return;
    }
    if (typeof value !== 'object' || value === null || value instanceof WrittenNumber) {
      const text = JSON.stringify(value ?? null);
      this.#work -= text.length;
      this.#text += text;
      return;
    }
    const isList = Array.isArray(value);
    this.#text += isList ? '[' : '{';
    const names = isList ? undefined : Object.keys(value);
    this.#open.push({
      end: isList ? ']' : '}',
      names,
      values: isList ? value : Object.values(value),
      next: 0,
      hasBegun: false,
    });
  }

  #flush(): void {
    if (this.#text !== '') this.pieces.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

/** A text in pieces, none of which ends between the halves of a character. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = from + PIECE_CHARACTERS;
    if (isHighSurrogate(text.charCodeAt(to - 1))) to++;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
