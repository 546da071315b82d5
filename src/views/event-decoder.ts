import type { LedgerEvent } from '../domain/events/index.js';
import type { StoredEvent } from '../ledger/journal/event-store.js';

/** Reads stored events for the views; the book implements it, since only it knows versions and customers' keys. */
export abstract class EventDecoder {
  /**
   * The event in today's shape; its personal fields are null once the customer's key is gone.
   * Throws for a type or version that this Ringside does not know: skipping it would lose it.
   */
  abstract decode(stored: StoredEvent): LedgerEvent | Promise<LedgerEvent>;
}
