import type { StatementOpened } from '../domain/events/index.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../domain/statement.js';
import { headAt, type Book } from './book.js';
import type { StreamHead } from './codec.js';
import type { StreamName } from './event-store.js';
import type { StatementSnapshots } from './statement-snapshots.js';

/** A statement in memory; `opening` is there as long as it is not written, which it is together with the first event that needs it. */
export interface OpenStatement {
  readonly stream: StreamName;
  readonly state: StatementState;
  readonly head: StreamHead;
  readonly opening?: StatementOpened;
}

/** The stream of a customer's statement of one UTC month (`yyyymm`). */
export function statementStream(customer: string, month: string): StreamName {
  return `statement-${customer}-${month}`;
}

/** Reads a statement: the snapshot, if there is one, and the events behind it. Undefined when the month was never opened. */
export async function readStatement(
  book: Book,
  snapshots: StatementSnapshots,
  customer: string,
  month: string,
): Promise<OpenStatement | undefined> {
  const stream = statementStream(customer, month);
  const snapshot = await snapshots.find(stream);
  let state = snapshot?.state;
  let head = snapshot?.head;
  for await (const { event, stored } of book.read(stream, head ? Number(head.revision) + 1 : 0)) {
    state = evolveStatement(state, event as StatementEvent);
    head = headAt(stored);
  }
  return state && head && { stream, state, head };
}
