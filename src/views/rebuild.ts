import type { EventStore, Position, StoredEvent } from '../ledger/journal/event-store.js';
import type { DocumentStore } from './document-store.js';
import type { EventDecoder } from './event-decoder.js';
import { Fold } from './fold.js';
import type { Projection } from './projection.js';

const EVENTS_PER_STEP = 256;

/**
 * Folds the book from its first event up to and including a position into an empty store. The documents are those of
 * the live views at that position, to the byte, since they depend on the events alone and not on how these came in
 * portions.
 * @throws FoldFailure for an event that cannot be folded
 */
export async function rebuild(
  events: EventStore,
  projections: readonly Projection[],
  decoder: EventDecoder,
  into: DocumentStore,
  upTo: Position,
): Promise<void> {
  const fold = await Fold.open(projections, decoder, into);
  let step: StoredEvent[] = [];
  for await (const stored of events.readAll(fold.folded)) {
    if (stored.position > upTo) break;
    step.push(stored);
    if (step.length < EVENTS_PER_STEP) continue;
    await fold.apply(step);
    step = [];
    if (fold.isFull) await fold.flush();
  }
  await fold.apply(step);
  await fold.flush();
}
