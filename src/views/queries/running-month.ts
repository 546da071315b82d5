import type { Wallet } from '../../domain/events/carried-statement.js';
import { monthOf } from '../../domain/clock.js';
import type { NanoUsdText } from '../../domain/money.js';
import { heldInMonth } from '../../domain/statement/open-holds.js';
import { countingMonth, countingMonthAt, spendAcross } from '../../domain/statement/resumed-month.js';
import type { StatementState } from '../../domain/statement/statement.js';
import type { DocumentStore, Search } from '../document-store.js';
import { statementId, statements, type StatementDocument } from '../projections/statements.js';

/** A customer's money in the month that calls count in now. */
export interface RunningMonth {
  readonly capNanoUsd: NanoUsdText | null;
  readonly wallet: Wallet | null;
  /** What is spent and held of the month's budget. */
  readonly spentNanoUsd: NanoUsdText;
  readonly heldNanoUsd: NanoUsdText;
}

const COLLECTION = statements.collection.name;

/** Each customer's running month at a moment, by customer; nothing for one that has no statement yet. */
export async function runningMonths(
  documents: DocumentStore,
  ids: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, RunningMonth>> {
  const months = new Map<string, RunningMonth>();
  for (const { customer, state } of await latestStatements(documents, ids, nowMs)) {
    const { month } = state;
    const counting = countingMonthAt(state, nowMs);
    const isOver = month < monthOf(nowMs);
    const all = counting === month || isOver ? [state] : await statementsSince(documents, customer, counting);
    months.set(customer, isOver ? begun(state) : running(all, counting));
  }
  return months;
}

/**
 * Each customer's latest statement: mostly the running month's; without calls in it, or where that is closed already,
 * another.
 */
async function latestStatements(
  documents: DocumentStore,
  ids: readonly string[],
  nowMs: number,
): Promise<StatementDocument[]> {
  const current = await documents.getMany<StatementDocument>(
    COLLECTION,
    ids.map((id) => statementId(id, monthOf(nowMs))),
  );
  const latest = new Map(
    current.filter(({ state }) => state.nextMonth === null).map((statement) => [statement.customer, statement]),
  );
  const others = ids.filter((id) => !latest.has(id));
  const searches = others.map((customer): Search => ({
    collection: COLLECTION,
    filter: { where: { customer }, order: 'desc', limit: 1 },
  }));
  for (const [statement] of (await documents.findTogether(searches)) as StatementDocument[][]) {
    if (statement) latest.set(statement.customer, statement);
  }
  return [...latest.values()];
}

/**
 * While the clock is behind the latest statement, usage of its month can stand in the month's own statement and in each
 * later one.
 */
async function statementsSince(documents: DocumentStore, customer: string, month: string): Promise<StatementState[]> {
  const filter = { where: { customer }, range: { field: 'id', from: statementId(customer, month) } };
  const found = await documents.find<StatementDocument>(COLLECTION, filter);
  return found.map(({ state }) => state);
}

/** A month that nobody has needed yet begins with nothing spent and held; budget and wallet are carried over. */
function begun({ capNanoUsd, wallet }: StatementState): RunningMonth {
  return { capNanoUsd, wallet, spentNanoUsd: '0', heldNanoUsd: '0' };
}

function running(all: readonly StatementState[], month: string): RunningMonth {
  const latest = all.at(-1)!;
  const heldNanoUsd = month === countingMonth(latest) ? latest.heldNanoUsd : heldInMonth(latest.holds, month);
  return { ...begun(latest), spentNanoUsd: spendAcross(month, all).spentNanoUsd, heldNanoUsd };
}
