import { isDeepStrictEqual } from 'node:util';
import { verify } from '../../src/audit/verify.js';
import type { CarriedStatement } from '../../src/domain/events/carried-statement.js';
import { countingMonth, NONE_CROSSED, resumeMonth, type MonthSpend } from '../../src/domain/statement/resumed-month.js';
import { evolveStatement, type StatementEvent, type StatementState } from '../../src/domain/statement/statement.js';
import { decode } from '../../src/ledger/journal/codec.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import type { Decision, DeskWorld } from './statements-model.js';
import { LedgerLaws } from './ledger-laws.js';
import { expectedOf } from './naive-admission.js';
import type { Funds, NaiveStatement } from './naive-statement.js';

/** What was true behind so many events of a customer's statements. */
interface Moment {
  /** Undefined where the next month's statement is still to be opened. */
  readonly state: StatementState | undefined;
  readonly carried: CarriedStatement & { readonly previousMonth: string | null };
  readonly funds: Funds;
  /** What was spent and said of a month's budget by then. */
  spendOf(month: string): MonthSpend;
}

/** Every moment of a customer's money: at least the one before the first event. Throws where an event breaks a law. */
function momentsOf(events: readonly StatementEvent[], firstCap: string | null): Moment[] {
  const laws = new LedgerLaws();
  let state: StatementState | undefined;
  let carried: Moment['carried'] = { previousMonth: null, capNanoUsd: firstCap, wallet: null, holds: {} };
  const noMoney = { cap: firstCap === null ? null : BigInt(firstCap), spent: 0n, balance: null, month: '', holds: [] };
  const spendOf = (): MonthSpend => ({ spentNanoUsd: '0', crossed: NONE_CROSSED });
  const moments: Moment[] = [{ state, carried, funds: noMoney, spendOf }];
  for (const event of events) {
    laws.watch(event);
    state = evolveStatement(event.type === 'StatementOpened' ? undefined : state, event);
    if (event.type === 'StatementClosed') {
      const { month, capNanoUsd, wallet, holds } = event.data;
      carried = { previousMonth: month, capNanoUsd, wallet, holds };
      state = undefined;
    }
    const { cap, spent, balance, month, holds } = laws.book!;
    const funds = { cap, spent, balance, month, holds: structuredClone(holds) };
    moments.push({ state, carried, funds, spendOf: spendsOf(laws.book!) });
  }
  laws.everythingReachedIsSaid();
  return moments;
}

/** What is spent and said now of each month there is, to be asked later. */
function spendsOf(book: NaiveStatement): Moment['spendOf'] {
  const months = new Set([
    book.counting,
    book.statement,
    ...book.usage.map(({ month, countsIn }) => countsIn ?? month),
  ]);
  const spends = new Map(
    [...months].map((month) => [month, { spentNanoUsd: book.spentIn(month).toString(), crossed: book.saidOf(month) }]),
  );
  return (month) => spends.get(month) ?? { spentNanoUsd: '0', crossed: NONE_CROSSED };
}

/**
 * The moment as it is for calls that count in the month of a decision, also where the book does not say yet that they
 * do.
 */
function countedAs({ state: seen }: Decision, moment: Moment): Moment & { readonly state: StatementState } {
  const data = { month: seen.month, ...moment.carried };
  const envelope = { id: '', account: '', actor: 'system' as const, occurredAt: 0 };
  const state = moment.state ?? evolveStatement(undefined, { ...envelope, type: 'StatementOpened', data });
  const month = countingMonth(seen);
  if (month === countingMonth(state) || month > state.month) return { ...moment, state };
  const spend = moment.spendOf(month);
  return {
    ...moment,
    state: resumeMonth(state, { month, ...spend }),
    funds: { ...moment.funds, month, spent: BigInt(spend.spentNanoUsd) },
  };
}

/**
 * An answer follows from what stood in the book at some moment between question and answer, and is what the contract
 * says of it: let through exactly when the call fits.
 */
function expectTrueAnswer(decision: Decision, moments: readonly Moment[]): void {
  const { request, atMs, outcome, asked, answered } = decision;
  const moment = moments
    .slice(asked, answered + 1)
    .map((one) => countedAs(decision, one))
    .find(({ state }) => isDeepStrictEqual(decision.state, state));
  if (!moment)
    throw new Error(`${request.hold} was decided on what was not in the book between ${asked} and ${answered}`);
  const expected = expectedOf(moment.funds, atMs, request);
  const limit = outcome.kind === 'held' ? { outputLimit: outcome.hold.bound?.outputLimit ?? 'as asked' } : outcome.kind;
  if (!isDeepStrictEqual(limit, expected)) expect([request.hold, limit]).toEqual([request.hold, expected]);
}

/** What must be true of a world once everything in it has ended. */
export async function expectSoundBook(world: DeskWorld): Promise<void> {
  const { findings } = await verify(new MemoryEventStore(world.memory));
  expect(findings).toEqual([]);
  const all = world.memory.events.map((stored) => decode(stored, undefined));
  const held = all.flatMap((event) => (event.type === 'UsageHeld' ? [event.data.hold] : []));
  const used = all.flatMap((event) => (event.type === 'UsageRecorded' ? [event.requestId!] : []));
  expect(used.toSorted()).toEqual(world.accepted.toSorted());
  for (const created of all) {
    if (created.type !== 'CustomerCreated') continue;
    const customer = created.customer!;
    const moments = momentsOf(world.statementEvents(customer), created.data.capNanoUsd);
    for (const decision of world.decisions) if (decision.customer === customer) expectTrueAnswer(decision, moments);
    expect(moments.at(-1)!.funds.holds.filter(({ ending }) => ending === null)).toEqual([]);
  }
  // A hold that nobody was told of stands in the book only if the book did not answer.
  const told = world.decisions.flatMap(({ outcome }) => (outcome.kind === 'held' ? [outcome.hold.hold] : []));
  const untold = held.filter((hold) => !told.includes(hold));
  expect(untold.filter((hold) => !world.unanswered.includes(hold.slice('hold_'.length)))).toEqual([]);
  expect(held.filter((hold) => told.includes(hold)).toSorted()).toEqual(told.toSorted());
  world.end();
}
