import type { StatementOpened } from '../../domain/events/index.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../../domain/statement/statement.js';
import { headAt, type Journal } from '../journal/journal.js';
import { decode, type StreamHead } from '../journal/codec.js';
import type { StoredEvent, StreamName } from '../journal/event-store.js';
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

/** A place that somebody has written at, as far as it was heard of and not looked at. */
export interface StreamPosition {
  readonly stream: StreamName;
  readonly revision: number;
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
 * A statement with an event that somebody has written right behind it; undefined where that has closed it. Any other
 * event changes nothing.
 */
export function followedBy(statement: OpenStatement, stored: StoredEvent): OpenStatement | undefined {
  const { stream, head, opening, resuming } = statement;
  if (opening || resuming || stored.stream !== stream || stored.revision !== Number(head.revision) + 1)
    return statement;
  try {
    // Nothing that a statement's state keeps is personal, so no key is needed.
    const state = evolveStatement(statement.state, decode(stored, undefined) as StatementEvent);
    return state.nextMonth === null ? { stream, state, head: headAt(stored) } : undefined;
  } catch {
    // What cannot be read, as of a newer version, is the next command's to find.
    return statement;
  }
}

/**
 * Whether there is something that a statement does not know: further on in its month, or in a later one, which a
 * stream's name ends with.
 */
export function isBehind({ stream, head }: OpenStatement, written: StreamPosition): boolean {
  if (written.stream !== stream) return written.stream > stream;
  return head.revision === 'no_stream' || written.revision > head.revision;
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
