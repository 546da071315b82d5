/**
 * As much of a stream's text is counted by its tokens, beyond it bytes are counted: thousands of streams may be open at
 * once.
 */
export const KEPT_CHARACTERS = 32 * 1024;

/**
 * The text of an answer while it grows: its beginning, and how long the rest was. However long it gets, it takes little
 * memory.
 */
export class KeptText {
  #text = '';
  #bytesBeyond = 0;

  /** Adds what came next. */
  add(text: string): void {
    if (text === '') return;
    const room = KEPT_CHARACTERS - this.#text.length;
    if (text.length <= room) {
      this.#text += text;
      return;
    }
    if (room > 0) this.#text = copied(this.#text + text.slice(0, room));
    this.#bytesBeyond += Buffer.byteLength(room > 0 ? text.slice(room) : text);
  }

  /** The beginning. */
  get text(): string {
    return this.#text;
  }

  /** UTF-8 bytes of what is not kept. */
  get bytesBeyond(): number {
    return this.#bytesBeyond;
  }
}

/** The same text without what it was put together from: a part of a long text keeps all of it in memory. */
function copied(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
