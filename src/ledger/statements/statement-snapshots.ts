import type { StatementState } from '../../domain/statement/statement.js';
import type { StreamHead } from '../journal/codec.js';
import type { StreamName } from '../journal/event-store.js';

/** A statement folded up to some revision. It saves reading the events before; it never changes what is true. */
export interface StatementSnapshot {
  readonly state: StatementState;
  readonly head: StreamHead;
}

/** Where the statement registry finds folded statements; the views keep them. */
export abstract class StatementSnapshots {
  abstract find(stream: StreamName): Promise<StatementSnapshot | undefined>;
}
