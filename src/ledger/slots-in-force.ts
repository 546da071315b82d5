import { Injectable } from '@nestjs/common';
import type { LedgerEvent } from '../domain/events/index.js';
import { slotsAfter, type SlotEvent, type SlotTargets } from '../domain/slots.js';
import { BookNews } from './book-news.js';
import { Book } from './book.js';
import type { Position } from './event-store.js';
import { KnownFromBook, type Learnt } from './known-from-book.js';
import { slotStreamOf, type SlotOwner } from './slot-stream.js';

/** How many accounts' slots are remembered, so that their calls need no read. */
const OWNERS_IN_MEMORY = 50_000;

/** The name under which the platform's own slots are remembered; no account has it. */
const PLATFORM = 'platform';

const SLOT_EVENTS: readonly SlotEvent['type'][] = ['SlotSet', 'SlotRemoved', 'PlatformSlotSet', 'PlatformSlotRemoved'];

/**
 * Where slots lead. They are read from the book when they are first needed, then kept in memory; a change in the book, whichever
 * process wrote it, has them read again at the next need.
 */
@Injectable()
export class SlotsInForce {
  private readonly slots = new KnownFromBook((owner) => this.read(owner === PLATFORM ? null : owner), OWNERS_IN_MEMORY);

  constructor(
    private readonly book: Book,
    news: BookNews,
  ) {
    news.on(SLOT_EVENTS, ({ metadata, position }) => this.changed(metadata['account'] ?? null, position));
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
}

function targetIn(owners: readonly SlotTargets[], alias: string): readonly string[] | undefined {
  return owners.map((slots) => slots.get(alias)).find((target) => target !== undefined);
}
