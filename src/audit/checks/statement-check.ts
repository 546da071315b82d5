import { isDeepStrictEqual } from 'node:util';
import { NOTHING_CARRIED, type CarriedStatement } from '../../domain/events/carried-statement.js';
import type {
  CustomerCreated,
  LedgerEvent,
  MonthResumed,
  StatementClosed,
  StatementOpened,
  UsageRecorded,
} from '../../domain/events/index.js';
import {
  carriedBy,
  evolveStatement,
  type StatementEvent,
  type StatementState,
} from '../../domain/statement/statement.js';
import { NO_USAGE } from '../../domain/events/usage-totals.js';
import type { StoredEvent, StreamName } from '../../ledger/journal/event-store.js';
import { statementStream } from '../../ledger/statements/statement-stream.js';
import { moneyProblems } from './money-check.js';

/**
 * Folds every statement again and says where one breaks its rules: opened once, for a customer that exists, behind the
 * month that was closed for it and with what that one handed on; closed with the sums of its usage; nothing afterwards;
 * no budget or wallet overdrawn without its cause. Memory grows with customers and statements.
 */
export class StatementCheck {
  private readonly created = new Map<
    string,
    Pick<CustomerCreated, 'account'> & Pick<CustomerCreated['data'], 'capNanoUsd'>
  >();
  private readonly statements = new Map<StreamName, StatementState>();
  /**
   * What the usage that counts in each month costs, by the statement of that month, whether it was ever opened or not.
   */
  private readonly costs = new Map<string, bigint>();
  /** Each customer's latest statement. */
  private readonly latest = new Map<string, StreamName>();

  *problemsOf(event: LedgerEvent, { stream }: StoredEvent): Generator<string> {
    if (event.type === 'CustomerCreated')
      this.created.set(event.customer!, { account: event.account, capNanoUsd: event.data.capNanoUsd });
    if (!stream.startsWith('statement-')) return;
    if (this.created.get(event.customer!)?.account !== event.account)
      yield `the account ${event.account} has no customer ${event.customer}`;
    if (event.type === 'StatementOpened') {
      yield* this.problemsOfOpening(event);
      this.latest.set(event.customer!, stream);
    }
    if (event.type === 'MonthResumed') yield* this.problemsOfResuming(event);
    const before = this.statements.get(stream);
    if (event.type === 'StatementClosed' && before) yield* problemsOfClosing(event, before);
    try {
      const state = evolveStatement(before, event as StatementEvent);
      if (before) yield* moneyProblems(before, state, event as StatementEvent);
      this.statements.set(
        stream,
        state.nextMonth === null ? state : { ...state, totals: NO_USAGE, carriedTotals: NO_USAGE, past: null },
      );
      if (event.type === 'UsageRecorded') this.count(event, state.month);
    } catch (error) {
      yield (error as Error).message;
    }
  }

  private count({ customer, data: { countsIn, costNanoUsd } }: UsageRecorded, month: string): void {
    if (costNanoUsd === null) return;
    const key = statementStream(customer!, countsIn ?? month);
    this.costs.set(key, (this.costs.get(key) ?? 0n) + BigInt(costNanoUsd));
  }

  private *problemsOfResuming({ customer, data: { month, spentNanoUsd } }: MonthResumed): Generator<string> {
    const spent = this.costs.get(statementStream(customer!, month)) ?? 0n;
    if (BigInt(spentNanoUsd) !== spent)
      yield `resumes ${month} with ${spentNanoUsd} spent, but the usage that counts in it sums up to ${spent}`;
  }

  private *problemsOfOpening({ customer, data }: StatementOpened): Generator<string> {
    const stream = this.latest.get(customer!);
    const previous = stream && this.statements.get(stream);
    const expected = previous?.month ?? null;
    if (data.previousMonth !== expected)
      yield `follows ${data.previousMonth ?? 'none'}, but the customer's latest statement is ${expected ?? 'none'}`;
    else if (previous && previous.nextMonth !== data.month) {
      yield `follows ${previous.month}, which ${previous.nextMonth === null ? 'is not closed' : `is carried on by ${previous.nextMonth}`}`;
    }
    const handedOn = previous
      ? carriedBy(previous)
      : { ...NOTHING_CARRIED, capNanoUsd: this.created.get(customer!)?.capNanoUsd ?? null };
    yield* differences('opens with', carriedIn(data), handedOn, 'what was handed on');
    // Only the newest statement can be asked for what it hands on.
    if (previous) this.statements.set(stream!, { ...previous, ...NOTHING_CARRIED, holds: {} });
  }
}

function* problemsOfClosing({ data }: StatementClosed, before: StatementState): Generator<string> {
  const { totals, carriedTotals } = before;
  yield* differences('is closed with', data.totals, totals, 'what its usage sums up to');
  yield* differences(
    'is closed with carried',
    data.carriedTotals,
    carriedTotals,
    'what usage of earlier months sums up to',
  );
  yield* differences('hands on', carriedIn(data), carriedBy(before), 'what it has');
}

function carriedIn({ capNanoUsd, wallet, holds }: CarriedStatement): CarriedStatement {
  return { capNanoUsd, wallet, holds };
}

function* differences(what: string, said: unknown, folded: unknown, source: string): Generator<string> {
  if (!isDeepStrictEqual(said, folded))
    yield `${what} ${JSON.stringify(said)}, but ${source} is ${JSON.stringify(folded)}`;
}
