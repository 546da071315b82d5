import { monthBefore, monthOf } from '../../domain/clock.js';
import type { CustomerCreated } from '../../domain/events/index.js';
import type { Journal } from '../journal/journal.js';
import { readStatement, type OpenStatement } from './statement-stream.js';
import type { StatementSnapshots } from './statement-snapshots.js';

/**
 * A customer's statements from one on, oldest first, each named by the one before it; the last may be closed, and its
 * next one not opened yet.
 */
export interface StatementHistory {
  readonly statements: readonly OpenStatement[];
  /** The creation of a customer whose statements had to be looked for back to the first one. */
  readonly created: CustomerCreated | undefined;
}

/**
 * Finds a customer's statements: the latest one up to a month by looking back, then forward along the closed ones. A
 * customer's first one is that of the month it was made in; where that lies ahead of the month asked for, so does the
 * history.
 */
export async function statementsFrom(
  journal: Journal,
  snapshots: StatementSnapshots,
  customer: string,
  month: string,
): Promise<StatementHistory> {
  const read = (which: string) => readStatement(journal, snapshots, customer, which);
  let found = await read(month);
  let created: CustomerCreated | undefined;
  if (!found) {
    created = await creationOf(journal, customer);
    const first = created ? monthOf(created.occurredAt) : month;
    const before = first > month ? first : monthBefore(month);
    for (let earlier = before; !found && earlier >= first; earlier = monthBefore(earlier)) found = await read(earlier);
  }
  const statements: OpenStatement[] = [];
  for (; found; found = found.state.nextMonth === null ? undefined : await read(found.state.nextMonth))
    statements.push(found);
  return { statements, created };
}

async function creationOf(journal: Journal, customer: string): Promise<CustomerCreated | undefined> {
  for await (const { event } of journal.read(`customer-${customer}`)) return event as CustomerCreated;
  return undefined;
}
