import { Injectable } from '@nestjs/common';
import type { LedgerEvent } from '../../domain/events/index.js';
import { slotsAfter, type SlotEvent, type SlotTargets } from '../../domain/account/slots.js';
import { ChangeFeed } from '../journal/change-feed.js';
import { Journal } from '../journal/journal.js';
import type { Position } from '../journal/event-store.js';
import { StreamCache, type VersionedValue } from '../journal/stream-cache.js';
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
export class SlotCache {
  private readonly slots = new StreamCache((owner) => this.read(owner === PLATFORM ? null : owner), OWNERS_IN_MEMORY);

  constructor(
    private readonly journal: Journal,
    changeFeed: ChangeFeed,
  ) {
    changeFeed.onAppended(SLOT_EVENTS, ({ metadata, position }) => this.invalidate(metadata['account'] ?? null, position));
  }

  /**
   * Where an alias leads for an account: its own slot, or else the platform's. Direct references in the order they are tried, undefined
   * where there is no such slot; at once when it is in memory. Errors: `ledger_unavailable`.
   */
  targetOf(account: string, alias: string): readonly string[] | undefined | Promise<readonly string[] | undefined> {
    const own = this.slots.get(account);
    const common = this.slots.get(PLATFORM);
    if (own instanceof Promise || common instanceof Promise) {
      return Promise.all([own, common]).then((both) => targetIn(both, alias));
    }
    return targetIn([own, common], alias);
  }

  /** Slots of this owner may have changed at a position: what was known before no longer counts. */
  invalidate(owner: SlotOwner, position: Position): void {
    this.slots.invalidate(owner ?? PLATFORM, position);
  }

  private async read(owner: SlotOwner): Promise<VersionedValue<SlotTargets>> {
    const events: LedgerEvent[] = [];
    let position = 0;
    for await (const { event, stored } of this.journal.read(slotStreamOf(owner))) {
      events.push(event);
      position = stored.position;
    }
    return { value: slotsAfter(events), position };
  }
}

function targetIn(owners: readonly SlotTargets[], alias: string): readonly string[] | undefined {
  return owners.map((slots) => slots.get(alias)).find((target) => target !== undefined);
}
