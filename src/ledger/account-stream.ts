import type { LedgerEvent } from '../domain/events/index.js';
import type { Book } from './book.js';
import { WrongExpectedRevision } from './event-store.js';

/**
 * Adds to an account's stream what is decided on all that stands in it, decided again as long as other writers are faster; nothing for
 * undefined. Durable when it resolves.
 * @throws whatever the decision throws; RingsideError `ledger_unavailable`
 */
export async function decideOnAccount(
  book: Book,
  account: string,
  decide: (events: readonly LedgerEvent[]) => LedgerEvent | undefined,
): Promise<void> {
  const stream = `account-${account}` as const;
  for (;;) {
    const { head, events } = await book.readHead(stream);
    const event = decide(events);
    if (!event) return;
    try {
      await book.append(stream, head, [event]);
      return;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
}
