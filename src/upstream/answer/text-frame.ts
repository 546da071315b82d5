import type { CanonicalEvent } from '../canonical.js';

/** Text that stands in JSON as itself. */
const PLAIN = /^[^"\\\p{Cc}]*$/u;

/** A longer chunk is not like the others, and is not worth being kept. */
const LONGEST_FRAME = 16 * 1024;

/**
 * Nearly every chunk of a stream differs from the one before it in nothing but its text. The frame around that text,
 * once it has been seen in a chunk that was parsed, tells the text of the chunks like it at a tenth of the cost of
 * parsing them.
 */
export class TextFrame {
  #before: string | undefined;
  #after = '';
  #choice = 0;

  /** Learns from a chunk that was parsed, if it told of a piece of text and of nothing else. */
  learn(json: string, [start, textEvent, ...others]: readonly CanonicalEvent[]): void {
    if (start?.kind !== 'start' || textEvent?.kind !== 'text' || textEvent.logprobs !== undefined || others.length > 0)
      return;
    if (json.length > LONGEST_FRAME) return;
    const field = `"content":${JSON.stringify(textEvent.text)}`;
    const at = json.indexOf(field);
    if (at === -1 || json.includes(field, at + 1)) return;
    this.#before = json.slice(0, at + '"content":"'.length);
    this.#after = json.slice(at + field.length - 1);
    this.#choice = textEvent.choice;
  }

  /** The text of a chunk in this frame; undefined for any other, which must be parsed. */
  read(json: string): CanonicalEvent | undefined {
    if (this.#before === undefined || !json.startsWith(this.#before) || !json.endsWith(this.#after)) return undefined;
    const end = json.length - this.#after.length;
    if (end < this.#before.length) return undefined;
    const text = json.slice(this.#before.length, end);
    return PLAIN.test(text) ? { kind: 'text', choice: this.#choice, text } : undefined;
  }
}
