import type { LedgerEvent } from '../domain/events/index.js';
import type { Position, StoredEvent } from '../ledger/journal/event-store.js';
import { Repeats } from './repeats.js';

/** How many keys an event has at most that must not repeat: its id, and the attempt it records. */
const KEYS_PER_EVENT = 2;

/** What no two events may have in common: an id, or the attempt at a request. Found in two passes over all events. */
export class RepeatedKeys {
  private readonly keys: Repeats;
  /** Requests with an attempt that may be recorded twice: only their events are opened in the second pass. */
  private readonly requests = new Set<string>();

  constructor(events: number) {
    this.keys = new Repeats(events * KEYS_PER_EVENT);
  }

  /** First pass. An event that cannot be read has an id. */
  see(stored: StoredEvent, event: LedgerEvent | Error): void {
    this.keys.see(idKey(stored));
    const attempt = attemptKey(event);
    if (attempt !== undefined && this.keys.see(attempt)) this.requests.add(requestOf(stored));
  }

  /** False when the second pass has nothing to look for. */
  get any(): boolean {
    return this.keys.suspicious;
  }

  /** Second pass: the keys of an event that another one had, and where that is. */
  *repeatsOf(
    stored: StoredEvent,
    read: () => LedgerEvent | Error,
  ): Generator<{ readonly key: string; readonly first: Position }> {
    const attempt = this.requests.has(requestOf(stored)) ? attemptKey(read()) : undefined;
    for (const key of [idKey(stored), attempt]) {
      const first = key === undefined ? undefined : this.keys.earlier(key, stored.position);
      if (first !== undefined) yield { key: key!, first };
    }
  }
}

function idKey({ id }: StoredEvent): string {
  return `event ${id}`;
}

function requestOf({ metadata }: StoredEvent): string {
  return String(metadata['requestId']);
}

function attemptKey(event: LedgerEvent | Error): string | undefined {
  return event instanceof Error || event.type !== 'UsageRecorded'
    ? undefined
    : `attempt ${event.data.attempt} of ${event.requestId}`;
}
