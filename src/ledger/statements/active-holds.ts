import { Injectable } from '@nestjs/common';
import { Clock } from '../../domain/clock.js';

/** How often at most the holds whose calls never ended are looked for, in milliseconds. */
const LOOK_INTERVAL_MS = 60_000;

/**
 * The holds of calls that this process works on. Whether the time of another's hold is over, only the wall clock can
 * say; that of its own it measures by a clock that cannot jump, so that a wall clock that does gives away no money of a
 * call under way.
 */
@Injectable()
export class ActiveHolds {
  /** When each is over at the latest, by `Clock.elapsedMs`. */
  private readonly untilMs = new Map<string, number>();
  private lookedAtMs = 0;

  constructor(private readonly clock: Clock) {}

  /** A call begins, or asks whether it may. @param longestCallMs how long it can take at most, in milliseconds */
  begin(hold: string, longestCallMs: number): void {
    const nowMs = this.clock.elapsedMs();
    if (nowMs - this.lookedAtMs > LOOK_INTERVAL_MS) {
      this.lookedAtMs = nowMs;
      for (const [old, untilMs] of this.untilMs) if (untilMs <= nowMs) this.untilMs.delete(old);
    }
    this.untilMs.set(hold, nowMs + longestCallMs);
  }

  /** The hold has ended in the book, or was never placed. */
  end(hold: string): void {
    this.untilMs.delete(hold);
  }

  has(hold: string): boolean {
    const untilMs = this.untilMs.get(hold);
    return untilMs !== undefined && untilMs > this.clock.elapsedMs();
  }
}
