import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { StoreUnavailable } from '../../domain/store-unavailable.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import { decode, encode, sealedFor, type StreamHead } from './codec.js';
import {
  EventStore,
  type Appended,
  type NewEvent,
  type Position,
  type StoredEvent,
  type StreamName,
} from './event-store.js';
import { Subjects } from '../keys/subjects.js';

/** An event read from the book, beside the form it is stored in. */
export interface JournalEntry<E extends LedgerEvent = LedgerEvent> {
  readonly event: E;
  readonly stored: StoredEvent;
}

/** Where an append has led: the stream's new head, and the position of its last event. */
export interface AppendedEvents {
  readonly head: StreamHead;
  readonly position: Position;
}

/**
 * Pauses before an append whose outcome is unknown is tried again; the same ids at the same revision make that safe.
 */
const RETRY_PAUSES_MS = [20, 80, 320];

/**
 * Writes events to the store in their stored form and reads them back: codec, chain, customers' keys and retries in one
 * place.
 */
@Injectable()
export class Journal {
  constructor(
    private readonly store: EventStore,
    private readonly subjects: Subjects,
  ) {}

  /**
   * Appends events behind a known head; durable when it resolves.
   * @throws WrongExpectedRevision when another writer was there first; RingsideError `ledger_unavailable` when the
   * store stays out
   */
  append(stream: StreamName, head: StreamHead, events: readonly LedgerEvent[]): Promise<AppendedEvents> {
    const encoded: NewEvent[] = [];
    let { chain } = head;
    for (const event of events) {
      const key = event.personal ? this.subjects.keyInMemory(subjectOf(event)) : undefined;
      if (event.personal && !key) return this.appendOnceRead(stream, head, events);
      const next = encode(event, chain, key);
      chain = next.metadata['chain']!;
      encoded.push(next);
    }
    return this.store.append(stream, head.revision, encoded).then(
      ({ revision, position }) => ({ head: { revision, chain }, position }),
      async (error: unknown) => {
        const { revision, position } = await this.appendAgain(error, stream, head, encoded);
        return { head: { revision, chain }, position };
      },
    );
  }

  /** The events of a stream from a revision on, oldest first. */
  async *read(stream: StreamName, fromRevision = 0): AsyncGenerator<JournalEntry> {
    for await (const stored of this.store.readStream(stream, fromRevision))
      yield { stored, event: await this.decode(stored) };
  }

  /** A stored event in today's shape; at once when its key is in memory, else a promise. */
  decode(stored: StoredEvent): LedgerEvent | Promise<LedgerEvent> {
    const subject = sealedFor(stored);
    if (subject === undefined) return decode(stored, undefined);
    const key = this.subjects.keyInMemory(subject);
    return key ? decode(stored, key) : this.subjects.loadKey(subject).then((loaded) => decode(stored, loaded));
  }

  /** Whether what was sealed under a subject's key can still be read. */
  async hasKey(subject: string): Promise<boolean> {
    return (this.subjects.keyInMemory(subject) ?? (await this.subjects.loadKey(subject))) !== undefined;
  }

  /** Appends events once the keys that are not in memory have been read. */
  private async appendOnceRead(
    stream: StreamName,
    head: StreamHead,
    events: readonly LedgerEvent[],
  ): Promise<AppendedEvents> {
    for (const event of events) {
      if (!event.personal || this.subjects.keyInMemory(subjectOf(event))) continue;
      if (!(await this.subjects.loadKey(subjectOf(event))))
        throw new Error(`${event.type} has personal fields, but there is no key for them`);
    }
    return this.append(stream, head, events);
  }

  private async appendAgain(
    failure: unknown,
    stream: StreamName,
    head: StreamHead,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    let error = failure;
    for (const pauseMs of RETRY_PAUSES_MS) {
      if (!(error instanceof StoreUnavailable)) break;
      await wait(pauseMs);
      try {
        return await this.store.append(stream, head.revision, events);
      } catch (again) {
        error = again;
      }
    }
    throw error;
  }
}

/** Whose key an event's personal fields are sealed under. */
function subjectOf({ subject, customer }: LedgerEvent): string {
  return subject ?? customer!;
}

/** The head of the stream whose last event this is. */
export function headAt(stored: StoredEvent): StreamHead {
  return { revision: stored.revision, chain: stored.metadata['chain']! };
}
