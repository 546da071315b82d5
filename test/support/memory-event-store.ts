import { StoreUnavailable } from '../../src/domain/store-unavailable.js';
import {
  EventStore,
  WrongExpectedRevision,
  type Appended,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type StoredEvent,
  type StreamName,
} from '../../src/ledger/journal/event-store.js';

/** What several stores share that stand for connections to one book. */
export class MemoryBook {
  readonly events: StoredEvent[] = [];
  readonly streams = new Map<StreamName, StoredEvent[]>();
  readonly waiting = new Set<() => void>();

  add(stream: StreamName, event: NewEvent): void {
    const there = this.streams.get(stream) ?? [];
    const stored = { ...structuredClone(event), stream, revision: there.length, position: this.events.length + 1 };
    this.events.push(stored);
    there.push(stored);
    this.streams.set(stream, there);
  }

  wake(): void {
    for (const resume of this.waiting) resume();
  }
}

/** An event store that keeps the port's contract in memory, for tests of those who read the book. */
export class MemoryEventStore extends EventStore {
  private closed = false;

  constructor(
    readonly book = new MemoryBook(),
    private readonly eventsPerBatch = 100,
  ) {
    super();
  }

  async append(stream: StreamName, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    if (events.length === 0) throw new RangeError('an append needs at least one event');
    this.mustBeOpen();
    const there = this.book.streams.get(stream) ?? [];
    const first = expected === 'no_stream' ? 0 : expected + 1;
    const sameIds = events.map(({ id }, index) => there[first + index]?.id === id);
    if (sameIds.every(Boolean))
      return { revision: first + events.length - 1, position: there[first + events.length - 1]!.position };
    const end: ExpectedRevision = there.length === 0 ? 'no_stream' : there.length - 1;
    if (end !== expected) {
      if (sameIds.some(Boolean)) throw new Error(`${stream} holds some, but not all, of the events`);
      throw new WrongExpectedRevision(stream, expected, end);
    }
    for (const event of events) this.book.add(stream, event);
    this.book.wake();
    return { revision: first + events.length - 1, position: this.book.events.length };
  }

  async *readStream(stream: StreamName, fromRevision = 0): AsyncGenerator<StoredEvent> {
    this.mustBeOpen();
    yield* (this.book.streams.get(stream) ?? []).slice(fromRevision);
  }

  readAll(after: Position): AsyncIterable<StoredEvent> {
    const events = this.book.events.slice(after);
    return this.each(events);
  }

  async *subscribe(after: Position, signal: AbortSignal): AsyncGenerator<readonly StoredEvent[]> {
    this.mustBeOpen();
    for (let at = after; !signal.aborted && !this.closed;) {
      const batch = this.book.events.slice(at, at + this.eventsPerBatch);
      if (batch.length === 0) await this.somethingNew(signal);
      else {
        at += batch.length;
        yield batch;
      }
    }
  }

  async head(): Promise<Position> {
    this.mustBeOpen();
    return this.book.events.length;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.book.wake();
  }

  private async *each(events: readonly StoredEvent[]): AsyncGenerator<StoredEvent> {
    this.mustBeOpen();
    yield* events;
  }

  private somethingNew(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = () => {
        this.book.waiting.delete(resume);
        signal.removeEventListener('abort', resume);
        resolve();
      };
      this.book.waiting.add(resume);
      signal.addEventListener('abort', resume);
    });
  }

  private mustBeOpen(): void {
    if (this.closed) throw new StoreUnavailable('the ledger', 'closed');
  }
}
