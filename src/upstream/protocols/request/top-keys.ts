const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The most characters of one escaped character: `\u0061`. */
const ESCAPED = 6;

/**
 * Renames the fields of a JSON object whose text comes in pieces. Values stay the same, byte for byte, and so does text
 * that is not JSON. An incomplete name is held back.
 */
export class TopKeys {
  #depth = 0;
  #isObject = false;
  /** A name comes next, not a value. */
  #isNameDue = false;
  #isInString = false;
  #isEscaped = false;
  /** The incomplete name, with its quotes. */
  #name: string | undefined;
  readonly #longest: number;

  constructor(private readonly names: ReadonlyMap<string, string>) {
    this.#longest = Math.max(...[...names.keys()].map((name) => name.length)) * ESCAPED + 2;
  }

  /** Takes the next piece and returns what is complete. */
  push(text: string): string {
    let output = '';
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (!this.#isInString) {
        if (code !== QUOTE) this.#takeMark(code);
        else {
          this.#isInString = true;
          if (this.#depth !== 1 || !this.#isNameDue) continue;
          output += text.slice(from, at);
          from = at;
          this.#name = '';
        }
      } else if (this.#isEscaped) this.#isEscaped = false;
      else if (code === BACKSLASH) this.#isEscaped = true;
      else if (code === QUOTE) {
        this.#isInString = false;
        if (this.#name === undefined) continue;
        output += this.#renamed(this.#name + text.slice(from, at + 1));
        from = at + 1;
        this.#name = undefined;
      }
    }
    if (this.#name === undefined) return output + text.slice(from);
    this.#name += text.slice(from);
    return this.#name.length > this.#longest ? output + this.end() : output;
  }

  /** Returns what was held back. It is none of the names. */
  end(): string {
    const rest = this.#name ?? '';
    this.#name = undefined;
    return rest;
  }

  #takeMark(code: number): void {
    if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (++this.#depth === 1) this.#isObject = this.#isNameDue = code === OPEN_OBJECT;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) this.#depth--;
    else if (code === COMMA && this.#depth === 1) this.#isNameDue = this.#isObject;
    else if (code === COLON && this.#depth === 1) this.#isNameDue = false;
  }

  #renamed(written: string): string {
    const name = this.names.get(nameIn(written));
    return name === undefined ? written : JSON.stringify(name);
  }
}

/** Renames the fields of a complete text. */
export function withTopKeys(text: string, names: ReadonlyMap<string, string>): string {
  const keys = new TopKeys(names);
  return keys.push(text) + keys.end();
}

function nameIn(written: string): string {
  try {
    return JSON.parse(written) as string;
  } catch {
    return written;
  }
}
