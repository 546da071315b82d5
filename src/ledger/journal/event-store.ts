/** A stream's name, `<category>-<id>`; holds random internal ids only, never a caller's string. */
export type StreamName = `${'account' | 'customer' | 'statement' | 'platform'}-${string}`;

/** Place of an event in the whole store: rises in commit order; 0 is before the first event. */
export type Position = number;

/**
 * Where the writer believes the stream ends: the revision of its last event (the first is 0), or `no_stream`.
 * There is no "any": only an exact expectation makes a retry safe for ever.
 */
export type ExpectedRevision = number | 'no_stream';

/** An event as it is stored: JSON text and string metadata, so that every engine keeps the same bytes. */
export interface NewEvent {
  /** A UUID made from what caused the event, so that the same event has the same id on every try. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An event as it stands in the store: with its place in its stream and in the whole book. */
export interface StoredEvent extends NewEvent {
  readonly stream: StreamName;
  readonly revision: number;
  readonly position: Position;
}

/** Where the last event of an append landed. */
export interface Appended {
  readonly revision: number;
  readonly position: Position;
}

/** Another writer got there first; `actual` is where the stream really ends. Nothing was written. */
export class WrongExpectedRevision extends Error {
  constructor(
    readonly stream: StreamName,
    readonly expected: ExpectedRevision,
    readonly actual: ExpectedRevision,
  ) {
    super(`${stream} ends at ${actual}, not at ${expected}`);
    this.name = 'WrongExpectedRevision';
  }
}

/**
 * The book's only door to its engine. Contract (`test/contracts/event-store.ts`, run on every adapter):
 * - an append is all or nothing, durable when it resolves, and ordered with the appends before it;
 * - the same ids at the same expected revision succeed again without writing, with the same answer;
 * - reads and subscriptions see exactly what was acknowledged, in order.
 */
export abstract class EventStore {
  /** @throws WrongExpectedRevision, StoreUnavailable */
  abstract append(stream: StreamName, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended>;
  /** The events of one stream from a revision on (inclusive), oldest first; none for an unknown stream. */
  abstract readStream(stream: StreamName, fromRevision?: number): AsyncIterable<StoredEvent>;
  /** All events after a position, oldest first, up to the head at the moment of the call. */
  abstract readAll(after: Position): AsyncIterable<StoredEvent>;
  /** All events after a position, then every later one as it is committed, in batches, until the signal aborts. */
  abstract subscribe(after: Position, signal: AbortSignal): AsyncIterable<readonly StoredEvent[]>;
  /** The position of the last committed event, 0 for an empty store. */
  abstract head(): Promise<Position>;
  /**
   * Rejects, with the reason in one line, while the store cannot be relied on; an engine that knows nothing of itself
   * is.
   */
  check(): Promise<void> {
    return Promise.resolve();
  }

  /** Looks, for a bounded time, whether what is stored is damaged, and says how; undefined when nothing was found. */
  inspect(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  /** Waits for what is under way, then lets go of files and threads. */
  abstract close(): Promise<void>;
}
