import { chainOf, EMPTY_STREAM } from '../../ledger/journal/codec.js';
import type { StoredEvent, StreamName } from '../../ledger/journal/event-store.js';

/** The last event seen of a stream. */
interface Link {
  readonly revision: number;
  readonly chain: string;
}

/**
 * Watches stored events go by, in the order of the book, and says where a stream has a gap or its chain does not hold.
 * It goes on from what is stored, so that one changed event is one finding. Memory grows with streams, not with events.
 */
export class ChainCheck {
  private readonly links = new Map<StreamName, Link>();
  private lastPosition = 0;

  /** How many streams went by. */
  get streams(): number {
    return this.links.size;
  }

  *problemsOf(stored: StoredEvent): Generator<string> {
    const { stream, revision, position, metadata } = stored;
    if (position <= this.lastPosition) yield `stands behind position ${this.lastPosition}`;
    this.lastPosition = position;
    const last = this.links.get(stream) ?? { revision: -1, chain: EMPTY_STREAM.chain };
    const chain = metadata['chain'] ?? '';
    // Across a gap the value before is not known, so the chain cannot be judged.
    if (revision !== last.revision + 1)
      yield `has revision ${revision}, but the stream went to ${last.revision} so far`;
    else if (chain !== chainOf(last.chain, stored))
      yield 'is not what was written, or does not follow the event before it: the chain breaks';
    this.links.set(stream, { revision, chain });
  }
}
