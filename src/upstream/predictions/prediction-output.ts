import { createHash } from 'node:crypto';
import type { SseEvent } from '../http/sse.js';

/** What has been read of the stream that a prediction writes. */
export class ReadOutput {
  /** The stream has said that it is over. */
  isOver = false;
  /** And that by an error. */
  hasFailed = false;
  readonly #hash = createHash('sha256');
  #units = 0;

  /** The events, up to the one that ends the stream, as they came. */
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

  /** What of a text is still to be read; undefined where it does not begin with what was. */
  restOf(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const begun = createHash('sha256').update(text.slice(0, this.#units), 'utf16le').digest();
    return begun.equals(this.#hash.copy().digest()) ? text.slice(this.#units) : undefined;
  }
}
