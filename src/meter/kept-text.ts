/** As much of an answer's text as is counted by its tokens; beyond it bytes are counted. */
export const COUNTED_CHARACTERS = 256 * 1024;

/** The text of an answer while it grows: its beginning, and how long the rest was. However long it gets, it takes little memory. */
export class KeptText {
  #text = '';
  #bytesBeyond = 0;

  /** Adds what came next. */
  add(text: string): void {
    if (text === '') return;
    const room = COUNTED_CHARACTERS - this.#text.length;
    if (text.length <= room) {
      this.#text += text;
      return;
    }
    if (room > 0) this.#text += text.slice(0, room);
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
