import { unaskedUsageIn } from './unasked-usage.js';

/** Collects whole events that go to the caller as they came; neighbours in one buffer stay one buffer, uncopied. */
export class RawChunks {
  #runs: Buffer[] = [];
  /** The run that may still grow: where it lies in the memory of its buffer. */
  #memory: ArrayBufferLike | undefined;
  #start = 0;
  #end = 0;
  /** Whether a chunk had what was not asked for. */
  #hasUnasked = false;

  /**
   * Adds a chunk without the `usage` that its caller has not asked for.
   * @param isFramed it differs in nothing but its text from a chunk that was added before
   */
  keepWithoutUsage(raw: Buffer, isFramed: boolean): void {
    if (isFramed && !this.#hasUnasked) return this.keep(raw);
    const unasked = unaskedUsageIn(raw);
    this.#hasUnasked ||= unasked !== undefined;
    if (!unasked) return this.keep(raw);
    this.keep(raw.subarray(0, unasked[0]));
    this.keep(raw.subarray(unasked[1]));
  }

  /** Adds an event after those before it. */
  keep(raw: Buffer): void {
    if (this.#memory !== raw.buffer || this.#end !== raw.byteOffset) {
      this.#closeRun();
      this.#memory = raw.buffer;
      this.#start = raw.byteOffset;
    }
    this.#end = raw.byteOffset + raw.length;
  }

  /** The events since the last flush; undefined when there are none. */
  flush(): Buffer | undefined {
    this.#closeRun();
    if (this.#runs.length === 0) return undefined;
    const bytes = this.#runs.length === 1 ? this.#runs[0] : Buffer.concat(this.#runs);
    this.#runs = [];
    return bytes;
  }

  #closeRun(): void {
    if (this.#memory) this.#runs.push(Buffer.from(this.#memory as ArrayBuffer, this.#start, this.#end - this.#start));
    this.#memory = undefined;
  }
}
