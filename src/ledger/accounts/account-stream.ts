import { RingsideError } from '../../domain/errors.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import type { Journal } from '../journal/journal.js';
import { againAfterConflict } from '../journal/conflicts.js';
import type { Position, StreamName } from '../journal/event-store.js';

/** Adds to an account's stream what is decided on all that stands in it; see `decideOnStream`. */
export function decideOnAccount(
  journal: Journal,
  account: string,
  decide: (events: readonly LedgerEvent[]) => LedgerEvent | undefined,
): Promise<Position | undefined> {
  return decideOnStream(journal, `account-${account}`, decide);
}

/**
 * Adds to a stream what is decided on all that stands in it, decided again as long as other writers are faster; nothing for
 * undefined. Durable when it resolves.
 * @returns where the event stands, undefined when there was none
 * @throws whatever the decision throws; RingsideError `ledger_unavailable`
 */
export function decideOnStream(
  journal: Journal,
  stream: StreamName,
  decide: (events: readonly LedgerEvent[]) => LedgerEvent | undefined,
): Promise<Position | undefined> {
  return againAfterConflict(async () => {
    const { head, events } = await journal.readHead(stream);
    const event = decide(events);
    return event && (await journal.append(stream, head, [event])).position;
  });
}

/** Every account begins with an event. Errors: `not_found` where there is none. */
export function requireAccount(events: readonly LedgerEvent[]): void {
  if (events.length === 0) throw new RingsideError('not_found', 'there is no such account');
}
