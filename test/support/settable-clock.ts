import { Clock } from '../../src/domain/clock.js';

/** A clock that stands where the test puts it; durations still pass as they do. */
export class SettableClock extends Clock {
  constructor(private ms: number = Date.UTC(2026, 10, 22, 12)) {
    super();
  }

  override nowMs(): number {
    return this.ms;
  }

  override elapsedMs(): number {
    return performance.now();
  }

  /** Moves to a moment: Unix milliseconds or an ISO time. */
  set(moment: number | string): void {
    this.ms = typeof moment === 'number' ? moment : Date.parse(moment);
  }

  advance(ms: number): void {
    this.ms += ms;
  }
}
