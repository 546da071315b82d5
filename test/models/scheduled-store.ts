import type fc from 'fast-check';
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
import { MemoryEventStore, type MemoryBook } from '../support/memory-event-store.js';

/**
 * What goes wrong with an append: `conflict` = somebody else seems to be first, `lost` = it is written, but nobody
 * hears so, `out` = it is not written and nobody hears so either.
 */
export type Fault = 'none' | 'conflict' | 'lost' | 'out';

/** What the stores of one world share: the book, the order of things, and what goes wrong, append by append. */
export interface Wire {
  readonly memory: MemoryBook;
  readonly scheduler: Pick<fc.Scheduler, 'schedule'>;
  /** What goes wrong with the next appends; nothing once they are used up. */
  readonly faults: Fault[];
}

/** A store whose every question and every answer travels for as long as the scheduler likes. */
export class ScheduledStore extends EventStore {
  constructor(private readonly wire: () => Wire) {
    super();
  }

  override async append(
    stream: StreamName,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    await this.travel(`append to ${stream}`);
    const fault = this.wire().faults.shift() ?? 'none';
    if (fault === 'out') throw new StoreUnavailable('the ledger', 'out');
    if (fault === 'conflict' && !this.holds(stream, events))
      throw new WrongExpectedRevision(stream, expected, expected);
    const appended = await this.inner.append(stream, expected, events);
    await this.travel(`acknowledgement of ${stream}`);
    if (fault === 'lost') throw new StoreUnavailable('the ledger', 'lost');
    return appended;
  }

  override async *readStream(stream: StreamName, fromRevision = 0): AsyncGenerator<StoredEvent> {
    await this.travel(`read of ${stream}`);
    const events: StoredEvent[] = [];
    for await (const event of this.inner.readStream(stream, fromRevision)) events.push(event);
    await this.travel(`answer from ${stream}`);
    yield* events;
  }

  override readAll(after: Position): AsyncIterable<StoredEvent> {
    return this.inner.readAll(after);
  }

  override subscribe(after: Position, signal: AbortSignal): AsyncIterable<readonly StoredEvent[]> {
    return this.inner.subscribe(after, signal);
  }

  override head(): Promise<Position> {
    return this.inner.head();
  }

  override close(): Promise<void> {
    return this.inner.close();
  }

  private get inner(): MemoryEventStore {
    return new MemoryEventStore(this.wire().memory);
  }

  private async travel(label: string): Promise<void> {
    await this.wire().scheduler.schedule(Promise.resolve(), label);
  }

  /** A store that has these events already says so, whoever wrote since. */
  private holds(stream: StreamName, events: readonly NewEvent[]): boolean {
    return (this.wire().memory.streams.get(stream) ?? []).some(({ id }) => id === events[0]!.id);
  }
}
