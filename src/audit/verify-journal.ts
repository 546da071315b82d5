import type { LedgerEvent } from '../domain/events/index.js';
import { decode } from '../ledger/journal/codec.js';
import type { EventStore, StoredEvent } from '../ledger/journal/event-store.js';
import { ChainCheck } from './checks/chain-check.js';
import { ClockNotes } from './clock-notes.js';
import { readableEvents, type UnreadableRange } from './readable-events.js';
import { priceBookProblems } from './checks/price-book-check.js';
import { Repeats } from './repeats.js';
import type { ClockNote, Collected, ExpiredHold, Finding } from './report.js';
import { StatementCheck } from './checks/statement-check.js';
import { streamProblems } from './checks/stream-check.js';
import { usageProblems } from './checks/usage-check.js';

/** How many keys an event has at most that must not repeat: its id, and the attempt it records. */
const KEYS_PER_EVENT = 2;

/** What an audit of the book finds. */
export interface BookFindings {
  /** Where the store is damaged. */
  readonly unreadable: Collected<Finding>;
  readonly findings: Collected<Finding>;
  readonly expired: Collected<ExpiredHold>;
  /** What clocks did. */
  readonly noted: Collected<ClockNote>;
}

/**
 * Replays the whole book and recomputes what can be recomputed. Needs no customer's key: personal fields stay
 * encrypted, as the chain covers them.
 * @param alsoFold is shown each event that can be read, and gives what it has decoded of it, so that this is not done
 * twice
 */
export async function verifyJournal(
  store: EventStore,
  { unreadable, findings, expired, noted }: BookFindings,
  alsoFold?: (stored: StoredEvent) => LedgerEvent | undefined | Promise<LedgerEvent | undefined>,
): Promise<{ events: number; streams: number }> {
  const chains = new ChainCheck();
  const statements = new StatementCheck();
  const clock = new ClockNotes();
  const head = await store.head();
  const repeats = new Repeats(head * KEYS_PER_EVENT);
  let events = 0;
  const damaged = ({ first, last, reason }: UnreadableRange) => {
    const range = first === last ? `position ${first}` : `positions ${first} to ${last}`;
    unreadable.add({ position: first, stream: null, problem: `${range} cannot be read: ${reason}` });
  };
  for await (const stored of readableEvents(store, head, damaged)) {
    events++;
    const report = (problems: Iterable<string>) => {
      for (const problem of problems) findings.add({ ...placeOf(stored), problem });
    };
    report(chains.problemsOf(stored));
    const decoded = alsoFold?.(stored);
    const event = (decoded instanceof Promise ? await decoded : decoded) ?? readable(stored);
    for (const key of keysOf(stored, event)) repeats.see(key);
    if (event instanceof Error) {
      report([`cannot be read: ${event.message}`]);
      continue;
    }
    report(streamProblems(event, stored));
    report(statements.problemsOf(event, stored));
    report(usageProblems(event));
    report(priceBookProblems(event));
    for (const note of clock.notesOn(event, stored)) noted.add({ ...placeOf(stored), note });
    if (event.type === 'HoldReleased' && event.data.reason === 'expired')
      expired.add({ ...placeOf(stored), hold: event.data.hold });
  }
  if (repeats.suspicious) await reportRepeats(store, head, repeats, findings);
  return { events, streams: chains.streams };
}

function readable(stored: StoredEvent): LedgerEvent | Error {
  try {
    return decode(stored, undefined);
  } catch (error) {
    return error as Error;
  }
}

function placeOf({ position, stream }: StoredEvent) {
  return { position, stream };
}

/** What no two events may have in common. */
function keysOf(stored: StoredEvent, event: LedgerEvent | Error): string[] {
  const keys = [`event ${stored.id}`];
  if (!(event instanceof Error) && event.type === 'UsageRecorded')
    keys.push(`attempt ${event.data.attempt} of ${event.requestId}`);
  return keys;
}

async function reportRepeats(
  store: EventStore,
  head: number,
  repeats: Repeats,
  findings: Collected<Finding>,
): Promise<void> {
  // The same events in both passes, whatever is written meanwhile; what cannot be read was reported in the first.
  for await (const stored of readableEvents(store, head, () => undefined)) {
    for (const key of keysOf(stored, readable(stored))) {
      const first = repeats.earlier(key, stored.position);
      if (first === undefined) continue;
      findings.add({
        position: stored.position,
        stream: stored.stream,
        problem: `${key} is recorded twice, first at position ${first}`,
      });
    }
  }
}
