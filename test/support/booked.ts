import type { LedgerEvent, UsageRecorded } from '../../src/domain/events/index.js';
import { Journal } from '../../src/ledger/journal/journal.js';
import { EventStore } from '../../src/ledger/journal/event-store.js';
import type { Ringside } from './ringside.js';

/**
 * Waits until so many usage events stand in the book and gives them all, oldest first: what a test does after a call
 * whose end it cannot see, since it left.
 */
export async function usageBooked({ gateway: { app } }: Ringside, count: number): Promise<UsageRecorded[]> {
  const enough = new AbortController();
  const usage: UsageRecorded[] = [];
  for await (const batch of app.get(EventStore).subscribe(0, enough.signal)) {
    for (const stored of batch) {
      const event = await app.get(Journal).decode(stored);
      if (event.type === 'UsageRecorded') usage.push(event);
    }
    if (usage.length >= count) break;
  }
  enough.abort();
  return usage;
}

/** Everything in the book, in order. */
export async function eventsIn({ gateway: { app } }: Ringside): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const stored of app.get(EventStore).readAll(0)) events.push(await app.get(Journal).decode(stored));
  return events;
}

/** The events of one type in the book, of one customer if it is named by its id, in order. */
export async function eventsOf<Type extends LedgerEvent['type']>(ringside: Ringside, type: Type, customer?: string) {
  const isWanted = (event: LedgerEvent): event is Extract<LedgerEvent, { type: Type }> => event.type === type;
  return (await eventsIn(ringside))
    .filter(isWanted)
    .filter((event) => customer === undefined || event.customer === customer);
}
