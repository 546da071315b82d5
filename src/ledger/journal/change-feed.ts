import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { LedgerEvent } from '../../domain/events/index.js';
import { EventStore, type Position, type StoredEvent } from './event-store.js';

/**
 * Pauses before the book is asked again after it did not answer: the first, and the longest, as each is twice the one
 * before.
 */
const RETRY_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2000;

interface Waiter {
  readonly position: Position;
  readonly heard: () => void;
}

/**
 * Follows what any process writes in the book from the start of this one on, and tells those in this process who keep
 * something of it in memory. Whoever listens says so in the constructor, before following begins.
 */
@Injectable()
export class ChangeFeed implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('ChangeFeed');
  private readonly listeners = new Map<string, ((stored: StoredEvent) => void)[]>();
  private readonly waiting = new Set<Waiter>();
  private readonly stopping = new AbortController();
  private deliveredTo: Position = 0;
  private following: Promise<void> | undefined;

  constructor(private readonly store: EventStore) {}

  async onModuleInit(): Promise<void> {
    this.deliveredTo = await this.store.head();
    this.following = this.follow(this.stopping.signal);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  /**
   * Has every later event of these types told, in the order of the book. An event may be told twice when a listener
   * throws at it.
   */
  onAppended(types: readonly LedgerEvent['type'][], deliver: (stored: StoredEvent) => void): void {
    for (const type of types) this.listeners.set(type, [...(this.listeners.get(type) ?? []), deliver]);
  }

  /** Waits until everything up to a position has been told; false when that takes longer. */
  async reached(position: Position, timeoutMs: number): Promise<boolean> {
    if (this.deliveredTo >= position) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = { position, heard: () => resolve(true) };
    this.waiting.add(waiter);
    const overdue = setTimeout(() => resolve(false), timeoutMs);
    const isReached = await promise;
    clearTimeout(overdue);
    this.waiting.delete(waiter);
    return isReached;
  }

  private async follow(signal: AbortSignal): Promise<void> {
    for (let pauseMs = RETRY_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        for await (const events of this.store.subscribe(this.deliveredTo, signal)) {
          this.hear(events);
          pauseMs = RETRY_PAUSE_MS;
        }
        return;
      } catch (error) {
        this.logger.warn(`the ledger cannot be followed: ${(error as Error).message}; trying again in ${pauseMs} ms`);
        await wait(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private hear(events: readonly StoredEvent[]): void {
    for (const stored of events) {
      for (const hear of this.listeners.get(stored.type) ?? []) hear(stored);
      this.deliveredTo = stored.position;
    }
    for (const { position, heard } of this.waiting) if (position <= this.deliveredTo) heard();
  }
}
