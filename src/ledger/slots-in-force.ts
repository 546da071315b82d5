import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { LedgerEvent } from '../domain/events/index.js';
import { slotsAfter, type SlotEvent, type SlotTargets } from '../domain/slots.js';
import { Book } from './book.js';
import { EventStore, type Position, type StoredEvent } from './event-store.js';
import { followBook } from './follow-book.js';
import { KnownFromBook, type Learnt } from './known-from-book.js';
import { slotStreamOf, type SlotOwner } from './slot-stream.js';

/** How many accounts' slots are remembered, so that their calls need no read. */
const OWNERS_IN_MEMORY = 50_000;

/** The name under which the platform's own slots are remembered; no account has it. */
const PLATFORM = 'platform';

const SLOT_EVENTS: readonly string[] = ['SlotSet', 'SlotRemoved', 'PlatformSlotSet', 'PlatformSlotRemoved'] satisfies SlotEvent['type'][];

/**
 * Where slots lead. They are read from the book when they are first needed, then kept in memory; a change in the book, whichever
 * process wrote it, has them read again at the next need.
 */
@Injectable()
export class SlotsInForce implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Slots');
  private readonly slots = new KnownFromBook((owner) => this.read(owner === PLATFORM ? null : owner), OWNERS_IN_MEMORY);
  private readonly stopping = new AbortController();
  private following: Promise<void> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly book: Book,
  ) {}

  async onModuleInit(): Promise<void> {
    this.following = followBook(this.store, await this.store.head(), this.stopping.signal, {
      hear: (events) => events.forEach((event) => this.hear(event)),
      interrupted: ({ message }, pauseMs) =>
        this.logger.warn(`changes of slots are not heard of: ${message}; asking again in ${pauseMs} ms`),
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  /**
   * Where an alias leads for an account: its own slot, or else the platform's. Direct references in the order they are tried, undefined
   * where there is no such slot; at once when it is in memory. Errors: `ledger_unavailable`.
   */
  targetOf(account: string, alias: string): readonly string[] | undefined | Promise<readonly string[] | undefined> {
    const own = this.slots.of(account);
    const common = this.slots.of(PLATFORM);
    if (own instanceof Promise || common instanceof Promise) {
      return Promise.all([own, common]).then((both) => targetIn(both, alias));
    }
    return targetIn([own, common], alias);
  }

  /** Slots of this owner may have changed at a position: what was known before no longer counts. */
  changed(owner: SlotOwner, position: Position): void {
    this.slots.changed(owner ?? PLATFORM, position);
  }

  private async read(owner: SlotOwner): Promise<Learnt<SlotTargets>> {
    const events: LedgerEvent[] = [];
    let position = 0;
    for await (const { event, stored } of this.book.read(slotStreamOf(owner))) {
      events.push(event);
      position = stored.position;
    }
    return { value: slotsAfter(events), position };
  }

  private hear({ type, metadata, position }: StoredEvent): void {
    if (SLOT_EVENTS.includes(type)) this.changed(metadata['account'] ?? null, position);
  }
}

function targetIn(owners: readonly SlotTargets[], alias: string): readonly string[] | undefined {
  return owners.map((slots) => slots.get(alias)).find((target) => target !== undefined);
}
