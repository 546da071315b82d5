import type { ExactReading } from '../../domain/json/exact-json.js';

/** What a text may come to when it is read. */
export interface ReadingBounds {
  /** Bytes of memory, as an estimate. */
  readonly memoryBytes: number;
  /** How deep arrays and objects may be nested. */
  readonly depth: number;
  /**
   * How many of its arrays and objects may be items of arrays, and how many fields an object may have. What stands in
   * log probabilities is no item: it comes by the token.
   */
  readonly items: number;
  /** Which numbers must not be changed; all are doubles where it is left out. */
  readonly reading?: ExactReading | undefined;
}

/** Well-formed so far, but more than is read. */
export class BeyondBounds extends Error {}
