import type { LedgerEvent } from '../../domain/events/index.js';
import { EMPTY_STREAM, type StreamHead } from '../journal/codec.js';
import type { Position, StreamName } from '../journal/event-store.js';
import { headAt, type Journal } from '../journal/journal.js';

/**
 * A stream folded up to some event: the state, where that event stands in its stream, and in the whole ledger (0
 * without events).
 */
export interface FoldedStream<State> {
  readonly state: State;
  readonly head: StreamHead;
  readonly position: Position;
}

/** A folded stream that somebody else keeps. It saves reading the events before; it never changes what is true. */
export type StreamSnapshot<State> = Pick<FoldedStream<State>, 'state' | 'head'>;

/** How a kind of stream is folded. */
export interface Folding<State, Event extends LedgerEvent> {
  readonly initial: State;
  evolve(state: State, event: Event): State;
}

/**
 * Reads a stream: the snapshot, if there is one that the ledger bears out, and the events behind it. A snapshot can say
 * something else after an older copy of the ledger was put back, and a decision on it would conflict for ever.
 */
export async function readStream<State, Event extends LedgerEvent>(
  journal: Journal,
  stream: StreamName,
  folding: Folding<State, Event>,
  snapshot: StreamSnapshot<State> | undefined,
): Promise<FoldedStream<State>> {
  let now: FoldedStream<State> | undefined;
  if (snapshot) {
    for await (const { event, stored } of journal.read(stream, Number(snapshot.head.revision))) {
      const head = headAt(stored);
      if (!now && head.chain !== snapshot.head.chain) break;
      now = {
        state: now ? folding.evolve(now.state, event as Event) : snapshot.state,
        head,
        position: stored.position,
      };
    }
  }
  if (now) return now;
  return readOn(journal, stream, folding, { state: folding.initial, head: EMPTY_STREAM, position: 0 });
}

/** A folded stream with everything that has been written behind it. */
export async function readOn<State, Event extends LedgerEvent>(
  journal: Journal,
  stream: StreamName,
  folding: Folding<State, Event>,
  { state, head, position }: FoldedStream<State>,
): Promise<FoldedStream<State>> {
  let now = { state, head, position };
  const next = head.revision === 'no_stream' ? 0 : head.revision + 1;
  for await (const { event, stored } of journal.read(stream, next)) {
    now = { state: folding.evolve(now.state, event as Event), head: headAt(stored), position: stored.position };
  }
  return now;
}
