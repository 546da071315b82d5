import { holdsById } from '../../src/domain/statement/open-holds.js';
import { isDeepStrictEqual } from 'node:util';
import { NOTHING_CARRIED } from '../../src/domain/events/carried-statement.js';
import { startOfMonth } from '../../src/domain/clock.js';
import type { Decision } from '../../src/domain/decider.js';
import type { OutcomeOf, StatementCommand } from '../../src/domain/statement/commands.js';
import { statementDecider } from '../../src/domain/statement/decide.js';
import type { PlacedHold } from '../../src/domain/statement/hold.js';
import {
  carriedBy,
  evolveStatement,
  type StatementEvent,
  type StatementState,
} from '../../src/domain/statement/statement.js';
import { eventId } from '../../src/ledger/journal/event-id.js';
import { crossed } from '../support/plain-json.js';
import { ACCOUNT, type WantedCall } from './calls.js';
import { LedgerLaws } from './ledger-laws.js';
import { NaiveStatement, type NaiveHold } from './naive-statement.js';

const FIRST_MONTH = '202611';

/** A call that was admitted: what the model knows of it, and what the statement answered. */
export interface Admitted {
  readonly wanted: WantedCall;
  readonly requestId: string;
  readonly hold: NaiveHold;
  readonly placed: PlacedHold;
  isOver: boolean;
  /** What its usage took from the wallet. */
  debited: bigint;
}

/** What should be true: a naive account that commands change by their meaning. */
export class Model {
  readonly statement = new NaiveStatement(FIRST_MONTH);
  readonly calls: Admitted[] = [];
  atMs = startOfMonth(FIRST_MONTH);
  private ids = 0;

  next(): string {
    return `req_${++this.ids}`;
  }

  /** Calls that are still at work, also those whose hold has expired meanwhile. */
  get underWay(): Admitted[] {
    return this.calls.filter(({ isOver }) => !isOver);
  }

  expire(): void {
    for (const hold of this.statement.open) if (hold.expiresAt <= this.atMs) hold.ending = 'expired';
  }

  sayWhatIsReached(): void {
    const { said, reached } = this.statement;
    this.statement.said = {
      warning: said.warning || reached.warning,
      exceeded: said.exceeded || reached.exceeded,
      low: said.low || reached.low,
      empty: said.empty || reached.empty,
    };
  }
}

/** The statement under test, and the laws that watch its events. */
export class Real {
  state: StatementState;
  readonly laws = new LedgerLaws();

  constructor() {
    const opening = { month: FIRST_MONTH, previousMonth: null, ...NOTHING_CARRIED };
    this.state = this.append([
      { ...this.envelope('opened', startOfMonth(FIRST_MONTH)), type: 'StatementOpened', data: opening },
    ]);
  }

  /** What a command comes to at a moment. It crosses a thread, so to speak, and so do the state and the outcome. */
  decide<Command extends StatementCommand>(
    command: Command,
    nowMs: number,
  ): Decision<StatementEvent, OutcomeOf<Command>> {
    const state = JSON.parse(JSON.stringify(this.state)) as StatementState;
    const idOf = (step: string) => eventId(command.cause.id, step);
    const { events, outcome } = statementDecider.decide(crossed(command), state, { nowMs, idOf });
    return { events, outcome: crossed(outcome) as OutcomeOf<Command> };
  }

  append(events: readonly StatementEvent[]): StatementState {
    for (const event of events) {
      this.state = evolveStatement(this.state, event);
      this.laws.watch(event);
    }
    this.laws.everythingReachedIsSaid();
    return this.state;
  }

  /** As the clerk turns the month. */
  turn(nextMonth: string, atMs: number): void {
    const { month, totals, carriedTotals } = this.state;
    const carried = carriedBy(this.state);
    const closing = { month, totals, carriedTotals, nextMonth, ...carried };
    this.append([{ ...this.envelope(`closed ${month}`, atMs), type: 'StatementClosed', data: closing }]);
    const opening: StatementEvent = {
      ...this.envelope(`opened ${nextMonth}`, atMs),
      type: 'StatementOpened',
      data: { month: nextMonth, previousMonth: month, ...carried },
    };
    this.laws.watch(opening);
    this.state = evolveStatement(undefined, opening);
  }

  private envelope(id: string, occurredAt: number) {
    return { id, account: ACCOUNT, customer: 'cust_1', actor: 'system' as const, occurredAt };
  }
}

/** Fails unless the statement, the account of the laws and the model all say the same. */
export function agree({ statement }: Model, { state, laws }: Real): void {
  if (!isDeepStrictEqual(laws.book, statement)) expect(laws.book).toEqual(statement);
  const { said, balance, held } = statement;
  const wallet =
    balance === null
      ? null
      : { balance, held: held.wallet, lastTopUp: statement.lastTopUp, low: said.low, empty: said.empty };
  const should = {
    month: statement.month,
    cap: statement.cap,
    held: held.budget,
    totals: statement.totals(false),
    carriedTotals: statement.totals(true),
    crossed: { warning: said.warning, exceeded: said.exceeded },
    wallet,
    holds: statement.open.map(({ hold }) => hold).toSorted(),
  };
  const { capNanoUsd, heldNanoUsd, totals, carriedTotals, crossed } = state;
  const is = {
    month: state.month,
    cap: capNanoUsd === null ? null : BigInt(capNanoUsd),
    held: BigInt(heldNanoUsd),
    totals,
    carriedTotals,
    crossed,
    wallet: state.wallet && {
      balance: BigInt(state.wallet.balanceNanoUsd),
      held: BigInt(state.wallet.heldNanoUsd),
      lastTopUp: BigInt(state.wallet.lastTopUpNanoUsd),
      low: state.wallet.low,
      empty: state.wallet.empty,
    },
    holds: Object.keys(holdsById(state.holds)).toSorted(),
  };
  if (!isDeepStrictEqual(is, should)) expect(is).toEqual(should);
}
