import { createHash } from 'node:crypto';
import type { SseEvent } from '../http/sse.js';

/** What has been read of a prediction's stream. */
export class ReadOutput {
  /** The stream sent its end event. */
  isOver = false;
  /** The end event is an error. */
  hasFailed = false;
  readonly #hash = createHash('sha256');
  #units = 0;

  /** The events up to the one that ends the stream, as they came. */
  *of(events: Iterable<SseEvent>): Generator<Buffer> {
    for (const { raw, event, data } of events) {
      if (this.isOver) continue;
      this.hasFailed = event === 'error';
      this.isOver = this.hasFailed || event === 'done';
      if (event === 'output' && data !== undefined) {
        this.#hash.update(data, 'utf16le');
        this.#units += data.length;
      }
      yield raw;
    }
  }

  /** The part of a text that has not been read yet. Undefined if the text does not begin with what was read. */
  restOf(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const begun = createHash('sha256').update(text.slice(0, this.#units), 'utf16le').digest();
    return begun.equals(this.#hash.copy().digest()) ? text.slice(this.#units) : undefined;
  }
}
