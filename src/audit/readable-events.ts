import { StoreUnavailable } from '../domain/store-unavailable.js';
import type { EventStore, Position, StoredEvent } from '../ledger/journal/event-store.js';

/** Positions, both included, whose events a damaged store cannot give. */
export interface UnreadableRange {
  readonly first: Position;
  readonly last: Position;
  /** In the store's words. */
  readonly reason: string;
}

/**
 * All events up to a position that can be read, in the order of the book. Where the store is damaged it goes on behind
 * the damage and says which positions are missing.
 * @throws StoreUnavailable when the store does not answer at all
 */
export async function* readableEvents(
  store: EventStore,
  head: Position,
  report: (range: UnreadableRange) => void,
): AsyncGenerator<StoredEvent> {
  for (let at: Position = 0; at < head;) {
    try {
      for await (const stored of store.readAll(at)) {
        if (stored.position > head) return;
        at = stored.position;
        yield stored;
      }
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || !error.isDamaged) throw error;
      const next = await readableAfter(store, at, head);
      report({ first: at + 1, last: Math.min(next ?? head, head), reason: String((error.cause as Error).message) });
      if (next === undefined) return;
      at = next;
    }
  }
}

/**
 * The lowest position behind which events can be read again, found with steps that double and then halve: damaged is a
 * page, or the pages below one, so it is a run of positions. Undefined when nothing can be read up to the head.
 */
async function readableAfter(store: EventStore, damagedAfter: Position, head: Position): Promise<Position | undefined> {
  let bad = damagedAfter;
  let good: Position | undefined;
  for (let step = 1; good === undefined && bad < head; step *= 2) {
    const tried = Math.min(damagedAfter + step, head);
    if (tried < head && (await isReadableAfter(store, tried))) good = tried;
    else bad = tried;
  }
  if (good === undefined) return undefined;
  while (good - bad > 1) {
    const middle: Position = bad + Math.floor((good - bad) / 2);
    if (await isReadableAfter(store, middle)) good = middle;
    else bad = middle;
  }
  return good;
}

async function isReadableAfter(store: EventStore, position: Position): Promise<boolean> {
  try {
    for await (const _ of store.readAll(position)) return true;
    return true;
  } catch (error) {
    if (error instanceof StoreUnavailable && error.isDamaged) return false;
    throw error;
  }
}
