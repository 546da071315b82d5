import { LRUCache } from 'lru-cache';
import { bucketAt, waitMsFor, withUnits, type Bucket } from '../domain/rate-limits/gcra.js';
import { RingsideError } from '../domain/errors.js';

/** A token of 16 characters is not found by a guess a second; the operator who mistypes it has more than enough. */
const WRONG_PER_MINUTE = 60;

/** Who has so many addresses to guess from pushes out the first ones, and has no more guesses than addresses by it. */
const ADDRESSES_IN_MEMORY = 10_000;

/** How many wrong tokens of the operator came from each address; more than sixty a minute are not looked at. */
export class FailedSignIns {
  private readonly byAddress = new LRUCache<string, Bucket>({ max: ADDRESSES_IN_MEMORY });

  /** How many addresses are known. */
  get size(): number {
    return this.byAddress.size;
  }

  /**
   * @throws RingsideError `rate_limited` while an address has no guess left, also for a right token: else guessing
   * would
   * go on
   */
  requireGuess(address: string, nowMs: number): void {
    const bucket = this.byAddress.get(address);
    const retryAfterMs = bucket ? waitMsFor(bucketAt(bucket, nowMs, WRONG_PER_MINUTE), 1) : 0;
    if (retryAfterMs > 0)
      throw new RingsideError('rate_limited', 'too many wrong tokens came from your address; wait and try again', {
        retryAfterMs,
      });
  }

  /** Notes a wrong token. */
  note(address: string, nowMs: number): void {
    this.byAddress.set(address, withUnits(bucketAt(this.byAddress.get(address), nowMs, WRONG_PER_MINUTE), 1));
  }
}
