import type { EventStore } from '../ledger/journal/event-store.js';
import { Collected, type AuditReport, type ClockNote, type ExpiredHold, type Finding } from './report.js';
import { verifyJournal } from './verify-journal.js';
import { ViewsCheck, type AuditedViews } from './verify-views.js';

/**
 * Audits the book and, when they are given, its views; writes nothing but the scratch store. May run beside a working
 * gateway: it looks at the book as it stands when it begins.
 */
export async function verify(store: EventStore, views?: AuditedViews): Promise<AuditReport> {
  const unreadable = new Collected<Finding>();
  const inBook = new Collected<Finding>();
  const inViews = new Collected<Finding>();
  const expired = new Collected<ExpiredHold>();
  const noted = new Collected<ClockNote>();
  const check = views && (await ViewsCheck.begin(store, views));
  const found = { unreadable, findings: inBook, expired, noted };
  const { events, streams } = await verifyJournal(store, found, check && ((stored) => check.fold(stored)));
  // What cannot be read cannot be folded either.
  const documents = check && unreadable.count === 0 ? await check.finish(inViews) : 0;
  const others = [...inBook.kept, ...inViews.kept].toSorted((a, b) => a.position - b.position);
  // What cannot be read comes first: much else that is found may follow from it.
  const findings = [...unreadable.kept, ...others];
  const problems = unreadable.count + inBook.count + inViews.count;
  const clock = { clockNotes: noted.kept, clockNoted: noted.count };
  return {
    events,
    streams,
    documents,
    findings,
    problems,
    expiredHolds: expired.kept,
    expired: expired.count,
    ...clock,
  };
}
