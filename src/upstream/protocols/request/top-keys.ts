const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** A character takes so many at most where it is escaped: `\u0061`. */
const ESCAPED = 6;

/**
 * Gives the fields of a JSON object other names, while its text comes in pieces. The values stay as they are, byte for
 * byte; so does what is no JSON. Of a name that has not come to its end nothing is told yet.
 */
export class TopKeys {
  #depth = 0;
  #isObject = false;
  /** A name is due, and not a value. */
  #isNameDue = false;
  #isInString = false;
  #isEscaped = false;
  /** The name that is coming, with its quotes. */
  #name: string | undefined;
  readonly #longest: number;

  constructor(private readonly names: ReadonlyMap<string, string>) {
    this.#longest = Math.max(...[...names.keys()].map((name) => name.length)) * ESCAPED + 2;
  }

  /** Takes the next piece, and gives what can be told. */
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

  /** What was held back; it is none of the names. */
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

/** All of an object's text at once. */
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
