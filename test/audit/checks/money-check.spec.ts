import { moneyProblems } from '../../../src/audit/checks/money-check.js';
import { StatementCheck } from '../../../src/audit/checks/statement-check.js';
import type { StatementCommand } from '../../../src/domain/statement/commands.js';
import { statementDecider } from '../../../src/domain/statement/decide.js';
import { NOTHING_CARRIED, type CarriedStatement } from '../../../src/domain/events/carried-statement.js';
import type { Decision } from '../../../src/domain/decider.js';
import type { CustomerCause } from '../../../src/domain/events/command-cause.js';
import type { LedgerEvent, UsageRecorded } from '../../../src/domain/events/index.js';
import type { PlacedHold } from '../../../src/domain/statement/hold.js';
import type { HoldOutcome } from '../../../src/domain/statement/place-hold.js';
import {
  carriedBy,
  evolveStatement,
  type StatementEvent,
  type StatementState,
} from '../../../src/domain/statement/statement.js';
import type { StoredEvent } from '../../../src/ledger/journal/event-store.js';
import { usageRecorded } from '../../support/events.js';

const cause: CustomerCause = { account: 'acct_1', customer: 'cust_1', actor: 'system', id: 'req_1' };
const envelope = { id: 'e', account: 'acct_1', customer: 'cust_1', actor: 'system', occurredAt: 0 } as const;
const PRICE = { input: '1000000', output: '1000000', request: '0' };
const setBudget = (capNanoUsd: string) => ({ type: 'SetBudget', cause, capNanoUsd }) as const;

const opened = (carried: CarriedStatement = NOTHING_CARRIED): StatementEvent => ({
  ...envelope,
  type: 'StatementOpened',
  data: { month: '202611', previousMonth: null, ...carried },
});

const decide = (command: StatementCommand, state: StatementState) =>
  statementDecider.decide(command, state, { nowMs: 0, idOf: (step) => step });

const fold = (events: readonly StatementEvent[], state?: StatementState) =>
  events.reduce<StatementState | undefined>(evolveStatement, state)!;

/** A customer with a budget of 100 and a wallet of 1000, and a call under way that holds 12 of each. */
function underWay(): { state: StatementState; hold: PlacedHold } {
  let state = fold([opened()]);
  state = fold(decide(setBudget('100'), state).events, state);
  const topUp = { transaction: 'txn_1', kind: 'topup', amountNanoUsd: '1000', note: null, refund: null } as const;
  state = fold(decide({ type: 'CreditWallet', cause, ...topUp }, state).events, state);
  const placing: StatementCommand = {
    type: 'PlaceHold',
    hold: 'hold_1',
    refUsed: 'fc:a/b',
    size: { inputTokens: 4, choices: 1, askedOutputTokens: 6, maxOutputTokens: undefined, isCrowded: false },
    price: PRICE,
    billableNanoUsd: null,
    longestCallMs: 1000,
    mayBeCounted: false,
    cause,
  };
  const { events, outcome } = decide(placing, state) as Decision<StatementEvent, HoldOutcome>;
  if (outcome.kind !== 'held') throw new Error(outcome.kind);
  return { state: fold(events, state), hold: outcome.hold };
}

function settled(state: StatementState, hold: PlacedHold | undefined, costNanoUsd: string): UsageRecorded {
  const { hold: _hold, countsIn: _countsIn, wallet: _wallet, ...usage } = usageRecorded({ data: { costNanoUsd } }).data;
  const command: StatementCommand = {
    type: 'RecordUsage',
    cause,
    personal: undefined,
    usage,
    hold,
    transaction: 'txn_2',
  };
  return decide(command, state).events[0] as UsageRecorded;
}

function problems(state: StatementState, event: UsageRecorded, data: Partial<UsageRecorded['data']> = {}): string[] {
  const changed = { ...event, data: { ...event.data, ...data } };
  return [...moneyProblems(state, evolveStatement(state, changed), changed)];
}

describe('the audit of money', () => {
  it('finds nothing in a settlement within its hold, an overrun that says so, or a late one that says so', () => {
    const { state, hold } = underWay();
    expect(problems(state, settled(state, hold, '12'))).toEqual([]);
    const overrun = settled(state, hold, '5000');
    expect([overrun.data.flags, problems(state, overrun)]).toEqual([['overrun'], []]);
    const late = settled(state, { ...hold, hold: 'hold_gone' }, '500');
    expect([late.data.flags, problems(state, late)]).toEqual([['overrun', 'late'], []]);
    const unheld = settled(state, undefined, '500');
    expect([unheld.data.flags, problems(state, unheld)]).toEqual([['late'], []]);
  });

  it.each<[string, string, Partial<UsageRecorded['data']>, string]>([
    ['an overrun that is not flagged', '5000', { flags: [] }, 'flags do not say'],
    ['a flag without an overrun', '12', { flags: ['overrun'] }, 'flags do not say'],
    ['a late flag on an open hold', '12', { flags: ['late'] }, 'flagged late'],
    ['a settlement that counts in another month', '12', { countsIn: '202610' }, 'counts in 202610'],
    ['a wallet that was passed over', '12', { wallet: null }, 'takes nothing from the wallet'],
    [
      'another debit than the cost',
      '12',
      { wallet: { transaction: 't', debitNanoUsd: '1', balanceNanoUsd: '999' } },
      '12 is due',
    ],
  ])('finds %s', (_, cost, change, problem) => {
    const { state, hold } = underWay();
    expect(problems(state, settled(state, hold, cost), change)).toContainEqual(expect.stringContaining(problem));
  });

  it('finds a budget and a wallet that are passed without a cause', () => {
    const { state, hold } = underWay();
    const found = problems(state, settled(state, hold, '5000'), { flags: [] });
    expect(found).toContainEqual(expect.stringContaining('passes the budget of 100'));
    expect(found).toContainEqual(expect.stringContaining('overdraws the wallet'));
  });

  it('a lowered budget is a cause', () => {
    const { state } = underWay();
    const [lowered] = decide(setBudget('1'), state).events;
    expect([...moneyProblems(state, evolveStatement(state, lowered!), lowered!)]).toEqual([]);
  });
});

describe('the audit of statements', () => {
  const created: LedgerEvent = {
    ...envelope,
    type: 'CustomerCreated',
    data: { unattributed: false, capNanoUsd: '100', rateLimitRpm: null, rateLimitTpm: null },
  };

  function audit(events: readonly LedgerEvent[]): string[] {
    const check = new StatementCheck();
    return events.flatMap((event) => {
      const month = event.type === 'StatementOpened' || event.type === 'StatementClosed' ? event.data.month : '202611';
      const stream = event.type === 'CustomerCreated' ? 'customer-cust_1' : `statement-cust_1-${month}`;
      return [...check.problemsOf(event, { stream } as StoredEvent)];
    });
  }

  const closed = (state: StatementState, change: object = {}): LedgerEvent => {
    const { month, totals, carriedTotals } = state;
    return {
      ...envelope,
      type: 'StatementClosed',
      data: { month, totals, carriedTotals, ...carriedBy(state), nextMonth: '202612', ...change },
    };
  };
  const reopened = ({ capNanoUsd, wallet, holds }: CarriedStatement): LedgerEvent => ({
    ...envelope,
    type: 'StatementOpened',
    data: { month: '202612', previousMonth: '202611', capNanoUsd, wallet, holds },
  });
  const capped = { ...NOTHING_CARRIED, capNanoUsd: '100' };

  it('a first statement opens with the budget its customer was made with', () => {
    expect(audit([created, opened(capped)])).toEqual([]);
    expect(audit([created, opened()])).toEqual([expect.stringContaining('what was handed on')]);
  });

  it('a closed statement hands on what it has, and the next one takes it', () => {
    const state = fold([opened(capped)]);
    expect(audit([created, opened(capped), closed(state), reopened(carriedBy(state))])).toEqual([]);
    expect(audit([created, opened(capped), closed(state, { capNanoUsd: '7' })])).toEqual([
      expect.stringContaining('hands on'),
    ]);
    expect(audit([created, opened(capped), closed(state), reopened({ ...carriedBy(state), capNanoUsd: '7' })])).toEqual(
      [expect.stringContaining('what was handed on')],
    );
  });

  it('a hold above what is free, placed twice or ended twice is found', () => {
    const held = (hold: string, costNanoUsd: string): LedgerEvent => ({
      ...envelope,
      type: 'UsageHeld',
      data: { hold, refUsed: 'fc:a/b', bound: null, costNanoUsd, walletNanoUsd: null, expiresAt: 1 },
    });
    const released: LedgerEvent = { ...envelope, type: 'HoldReleased', data: { hold: 'hold_1', reason: 'expired' } };
    expect(audit([created, opened(capped), held('hold_1', '60'), released])).toEqual([]);
    expect(audit([created, opened(capped), held('hold_1', '60'), held('hold_2', '41')])).toEqual([
      expect.stringContaining('40 is free'),
    ]);
    expect(audit([created, opened(capped), held('hold_1', '1'), held('hold_1', '1')])).toEqual([
      expect.stringContaining('twice'),
    ]);
    expect(audit([created, opened(capped), held('hold_1', '60'), released, released])).toEqual([
      expect.stringContaining('not open'),
    ]);
  });
});
