import type { StatementOpened } from '../../domain/events/index.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../../domain/statement/statement.js';
import { headAt, type Journal } from '../journal/journal.js';
import type { StreamHead } from '../journal/codec.js';
import type { StreamName } from '../journal/event-store.js';
import type { StatementSnapshot, StatementSnapshots } from './statement-snapshots.js';

/**
 * A statement in memory. `opening` is there as long as it is not written, which it is together with the first event
 * that needs it.
 */
export interface OpenStatement {
  readonly stream: StreamName;
  readonly state: StatementState;
  readonly head: StreamHead;
  readonly opening?: StatementOpened;
  /**
   * The state counts calls in another month than the book says; `MonthResumed` is still to be written, if it comes to
   * make a difference.
   */
  readonly resuming?: true;
}

/** The stream of a customer's statement of one UTC month (`yyyymm`). */
export function statementStream(customer: string, month: string): StreamName {
  return `statement-${customer}-${month}`;
}

/**
 * Reads a statement: the snapshot, if there is one that the book bears out, and the events behind it. Undefined when
 * the month was never opened.
 */
export async function readStatement(
  journal: Journal,
  snapshots: StatementSnapshots,
  customer: string,
  month: string,
): Promise<OpenStatement | undefined> {
  const stream = statementStream(customer, month);
  const snapshot = await snapshots.find(stream);
  return (snapshot && (await readBehind(journal, stream, snapshot))) ?? readBehind(journal, stream, undefined);
}

/** The statement with what has been written behind it since. */
export async function readOn(journal: Journal, { stream, state, head }: OpenStatement): Promise<OpenStatement> {
  let now: OpenStatement = { stream, state, head };
  for await (const { event, stored } of journal.read(stream, Number(head.revision) + 1)) {
    now = { stream, state: evolveStatement(now.state, event as StatementEvent), head: headAt(stored) };
  }
  return now;
}

/**
 * Reads on from a snapshot, beginning with the event it ends at. Undefined when the book does not have that event, as
 * after an older copy of the book was put back: deciding on such a snapshot would conflict for ever.
 */
async function readBehind(
  journal: Journal,
  stream: StreamName,
  snapshot: StatementSnapshot | undefined,
): Promise<OpenStatement | undefined> {
  let state: StatementState | undefined;
  let head: StreamHead | undefined;
  for await (const { event, stored } of journal.read(stream, Number(snapshot?.head.revision ?? 0))) {
    if (!snapshot || head) state = evolveStatement(state, event as StatementEvent);
    else if (snapshot.head.chain === headAt(stored).chain) state = snapshot.state;
    else return undefined;
    head = headAt(stored);
  }
  return state && head && { stream, state, head };
}
