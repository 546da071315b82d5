import type { KeyObject } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { StoreUnavailable } from '../../domain/store-unavailable.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import { decode, encode, sealedFor, type StreamHead } from './codec.js';
import { EventStore, type NewEvent, type Position, type StoredEvent, type StreamName } from './event-store.js';
import { Subjects } from '../keys/subjects.js';

/** An event read from the book, beside the form it is stored in. */
export interface JournalEntry<E extends LedgerEvent = LedgerEvent> {
  readonly event: E;
  readonly stored: StoredEvent;
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
   * @returns the stream's new head and the position of its last event
   * @throws WrongExpectedRevision when another writer was there first; RingsideError `ledger_unavailable` when the
   * store stays out
   */
  async append(
    stream: StreamName,
    head: StreamHead,
    events: readonly LedgerEvent[],
  ): Promise<{ head: StreamHead; position: Position }> {
    const encoded: NewEvent[] = [];
    let chain = head.chain;
    for (const event of events) {
      const next = encode(
        event,
        chain,
        event.personal ? await this.keyOf(event.subject ?? event.customer!) : undefined,
      );
      chain = next.metadata['chain']!;
      encoded.push(next);
    }
    const { revision, position } = await this.persist(stream, head, encoded);
    return { head: { revision, chain }, position };
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

  private keyOf(subject: string): KeyObject | undefined | Promise<KeyObject | undefined> {
    return this.subjects.keyInMemory(subject) ?? this.subjects.loadKey(subject);
  }

  private async persist(stream: StreamName, head: StreamHead, events: readonly NewEvent[]) {
    for (const pauseMs of [...RETRY_PAUSES_MS, undefined]) {
      try {
        return await this.store.append(stream, head.revision, events);
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || pauseMs === undefined) throw error;
        await wait(pauseMs);
      }
    }
    throw new Error('unreachable');
  }
}

/** The head of the stream whose last event this is. */
export function headAt(stored: StoredEvent): StreamHead {
  return { revision: stored.revision, chain: stored.metadata['chain']! };
}
