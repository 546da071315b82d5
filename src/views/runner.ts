import type { LedgerEvent } from '../domain/events/index.js';
import type { Position } from '../ledger/journal/event-store.js';

/** What has to have come: the stored documents, or only what is folded. */
export type Reached = 'stored' | 'folded';

/** How long a read waits for what was written before it. */
export const READ_PATIENCE_MS = 2000;

/** Keeps the views up to date: how far they are, and how to wait until they are further. Also the injection token. */
export abstract class ProjectionRunner {
  /** The ledger position that the views reflect, as far as it is known here. */
  abstract readonly position: Position;

  /** Why the views stand still; for good if an event cannot be folded. Undefined while all is well. */
  abstract readonly failure: Error | undefined;

  /**
   * Follows the book from where the views stand; resolves once it has begun to, long before old events are caught up.
   */
  abstract start(): Promise<void>;

  /** Stops following and writes what was folded. */
  abstract stop(): Promise<void>;

  /**
   * Waits until the views reflect a position; what is folded already is written at once. False when that takes too long
   * or never comes.
   */
  abstract reached(position: Position, timeoutMs: number, of?: Reached): Promise<boolean>;

  /**
   * Waits, for two seconds at most, until the views reflect everything that is in the book now, so that whoever reads
   * after a write sees it. When that does not come about, reads answer from where the views stand.
   */
  abstract catchUp(): Promise<boolean>;

  /**
   * As `catchUp`, for a reader of what events of these types alone say: unless there is such an event among those that
   * are folded and not written, nothing is written for it.
   */
  abstract catchUpOn(types: readonly LedgerEvent['type'][]): Promise<boolean>;
}
