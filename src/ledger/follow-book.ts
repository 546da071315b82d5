import { setTimeout as wait } from 'node:timers/promises';
import type { EventStore, Position, StoredEvent } from './event-store.js';

/** Pause before the book is asked again after it did not answer. */
const RETRY_PAUSE_MS = 250;

/** Who follows the book. */
export interface BookFollower {
  /** Called with each portion of events, in order. What it throws has the portion come again. */
  hear(events: readonly StoredEvent[]): void;
  /** Called whenever following is interrupted, before it is taken up again after the pause. */
  interrupted(error: Error, pauseMs: number): void;
}

/** Hears of every event after a position until the signal aborts, and goes on where it was when the book did not answer for a while. */
export async function followBook(store: EventStore, after: Position, signal: AbortSignal, follower: BookFollower): Promise<void> {
  let at = after;
  while (!signal.aborted) {
    try {
      for await (const events of store.subscribe(at, signal)) {
        follower.hear(events);
        at = events.at(-1)!.position;
      }
      return;
    } catch (error) {
      follower.interrupted(error as Error, RETRY_PAUSE_MS);
      await wait(RETRY_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
