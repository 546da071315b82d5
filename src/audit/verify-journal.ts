import type { LedgerEvent } from '../domain/events/index.js';
import { decode } from '../ledger/journal/codec.js';
import type { EventStore, StoredEvent } from '../ledger/journal/event-store.js';
import { ChainCheck } from './checks/chain-check.js';
import { ClockNotes } from './clock-notes.js';
import { readableEvents, type UnreadableRange } from './readable-events.js';
import { priceBookProblems } from './checks/price-book-check.js';
import { RepeatedKeys } from './repeated-keys.js';
import type { ClockNote, Collected, ExpiredHold, Finding } from './report.js';
import { StatementCheck } from './checks/statement-check.js';
import { streamProblems } from './checks/stream-check.js';
import { usageProblems } from './checks/usage-check.js';

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
  const suspects = new RepeatedKeys(head);
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
    suspects.see(stored, event);
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
  if (suspects.any) await reportRepeats(store, head, suspects, findings);
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

async function reportRepeats(
  store: EventStore,
  head: number,
  suspects: RepeatedKeys,
  findings: Collected<Finding>,
): Promise<void> {
  // The same events in both passes, whatever is written meanwhile; what cannot be read was reported in the first.
  for await (const stored of readableEvents(store, head, () => undefined)) {
    for (const { key, first } of suspects.repeatsOf(stored, () => readable(stored)))
      findings.add({ ...placeOf(stored), problem: `${key} is recorded twice, first at position ${first}` });
  }
}
