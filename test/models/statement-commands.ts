import fc from 'fast-check';
import { monthAfter, startOfMonth } from '../../src/domain/clock.js';
import type { MeasuredUsage } from '../../src/domain/statement/end-hold.js';
import { ERRORS, RingsideError } from '../../src/domain/errors.js';
import type { UsageRecorded } from '../../src/domain/events/index.js';
import type { CreditWallet } from '../../src/domain/statement/change-money.js';
import type { CreditKind } from '../../src/domain/events/wallet-credited.js';
import { nanoUsd } from '../../src/domain/money.js';
import { asksForSize, type HoldRefusal } from '../../src/domain/statement/place-hold.js';
import { causeOf, commandOf, measured, modelPrice, requestOf, spending, tokensOf, wantedCall } from './calls.js';
import type { HoldRequest, Spending, WantedCall } from './calls.js';
import type { Credit } from '../../src/ledger/commands/credit-wallet.js';
import { expectedOf, fits, isFixed, leastLimit, naiveBound, withoutExpired } from './naive-admission.js';
import { countable, type Funds, type NaiveHold } from './naive-statement.js';
import { agree, type Admitted, type Model, type Real } from './statement-model.js';

/** A step of a random history. */
export type Command = fc.Command<Model, Real>;

/** A command of one kind: what it does to both, and its parameters, which are printed when it fails. */
function command<Of>(
  name: string,
  parameters: fc.Arbitrary<Of>,
  run: (model: Model, real: Real, of: Of) => void,
): fc.Arbitrary<Command> {
  return parameters.map((of) => ({
    check: () => true,
    run: (model, real) => {
      run(model, real, of);
      agree(model, real);
    },
    toString: () => `${name}(${fc.stringify(of)})`,
  }));
}

/** Changes the budget of both. */
export function changeBudget(model: Model, real: Real, cap: bigint | null): void {
  const command = { type: 'SetBudget', cause: causeOf(model.next()), capNanoUsd: cap?.toString() ?? null } as const;
  real.append(real.decide(command, model.atMs).events);
  model.statement.setCap(cap);
  model.sayWhatIsReached();
}

/** The answer of something that may refuse: what it says, or the code of its refusal. */
function codeOf<T>(act: () => T): T | string {
  try {
    return act();
  } catch (error) {
    if (error instanceof RingsideError) return error.code;
    throw error;
  }
}

/** Changes the wallet and compares the answer: what is held cannot be taken, and what was paid is refunded once. */
export function changeWallet(
  model: Model,
  real: Real,
  kind: CreditKind,
  given: bigint | undefined,
  refund?: Credit['refund'],
): void {
  const { statement, atMs } = model;
  const command: CreditWallet = {
    type: 'CreditWallet',
    cause: causeOf(model.next()),
    transaction: 'txn_1',
    kind,
    amountNanoUsd: given?.toString() ?? null,
    note: null,
    refund: refund ? { requestId: refund.requestId, debitedNanoUsd: refund.debited.toString() } : null,
  };
  const decided = codeOf(() => real.decide(command, atMs));
  const { balance, held } = statement;
  if (balance === null && kind !== 'topup') return expect(decided).toBe('not_found');
  const left = refund && refund.debited - statement.refunded(refund.requestId);
  const amount = given ?? left!;
  const isTooMuch =
    left === undefined ? amount < 0n && balance! - held.wallet + amount < 0n : left <= 0n || amount > left;
  if (isTooMuch) return expect(decided).toBe('invalid_parameter');
  if (typeof decided === 'string') throw new Error(decided);
  real.append(decided.events);
  statement.credit(amount, kind, refund?.requestId ?? null);
  model.sayWhatIsReached();
}

/** Places a hold and compares the answer with the contract. */
function hold(model: Model, real: Real, wanted: WantedCall): void {
  const { statement, atMs } = model;
  const requestId = model.next();
  const request = requestOf(wanted, `hold_${requestId}`, causeOf(requestId));
  const expected = expectedOf(statement, atMs, request);
  const placing = commandOf(request);
  const answer = codeOf(() => real.decide(placing, atMs));
  const unsized = codeOf(() => real.decide({ ...placing, size: undefined }, atMs));
  if (asksForSize(real.state, placing)) expect(unsized).toEqual({ events: [], outcome: { kind: 'unsized' } });
  else expect(unsized).toEqual(answer);
  if (expected === 'unpriced') return expect(answer).toBe('model_unpriced');
  if (typeof answer === 'string') throw new Error(`${answer}, where ${fc.stringify(expected)} was expected`);
  const { events, outcome } = answer;
  real.append(events);
  if (expected === 'unlimited') return expect([outcome, events]).toEqual([{ kind: 'unlimited' }, []]);
  model.expire();
  if (expected === 'uncounted') return expect(outcome).toEqual({ kind: 'uncounted' });
  if (expected === 'refused') {
    if (outcome.kind !== 'refused') throw new Error(`${outcome.kind}, where a refusal was expected`);
    return refused(model, real, request, outcome.refusal);
  }
  const naive: NaiveHold = {
    hold: request.hold,
    month: statement.month,
    ...amountsOf(statement, request, expected.outputLimit),
    expiresAt: atMs + wanted.longestCallMs,
    ending: null,
  };
  if (outcome.kind !== 'held') throw new Error(`${outcome.kind}, where ${fc.stringify(naive)} was expected`);
  expect(outcome.hold).toEqual({
    hold: naive.hold,
    month: naive.month,
    costNanoUsd: naive.cost?.toString() ?? null,
    walletNanoUsd: naive.wallet?.toString() ?? null,
    bound: boundOf(wanted, expected.outputLimit),
  });
  statement.holds.push(naive);
  model.calls.push({ wanted, requestId, hold: naive, placed: outcome.hold, isOver: false, debited: 0n });
}

/** What has to be set aside of the budget and of the wallet. */
function amountsOf({ cap, balance }: Funds, { price, size, billable }: HoldRequest, limit: number | 'as asked') {
  const { inputTokens, choices } = size;
  const cost = limit === 'as asked' ? null : naiveBound(price, inputTokens, choices * limit);
  return { cost: cap === null ? null : cost, wallet: balance === null ? null : (billable ?? cost) };
}

function boundOf({ inputTokens, choices }: WantedCall, limit: number | 'as asked') {
  return limit === 'as asked' ? undefined : { inputTokens, outputTokens: choices * limit, outputLimit: limit };
}

/**
 * A refusal names who does not pay, is noted unless counting may still avert it, and its advice is true to the token.
 */
function refused({ statement, atMs }: Model, real: Real, request: HoldRequest, refusal: HoldRefusal): void {
  const payer = fits(withoutExpired(statement, atMs), request, leastLimit(request)).budget ? 'wallet' : 'budget';
  expect(ERRORS[refusal.code].status).toBe(402);
  expect(refusal).toMatchObject({ code: payer === 'budget' ? 'customer_budget_exceeded' : 'customer_wallet_empty' });
  if (!request.mayBeCounted || isFixed(statement, request))
    statement.said[payer === 'budget' ? 'exceeded' : 'empty'] = true;
  const fitting = /max_tokens of (\d+) would fit/.exec(refusal.message)?.[1];
  const wouldFit = (askedOutputTokens: number) =>
    real.decide(commandOf({ ...request, mayBeCounted: false, size: { ...request.size, askedOutputTokens } }), atMs)
      .outcome.kind;
  if (fitting !== undefined)
    expect([wouldFit(Number(fitting)), wouldFit(Number(fitting) + 1)]).toEqual(['held', 'refused']);
  else expect(wouldFit(1)).toBe('refused');
}

/** Sets a budget or a wallet so that a call fits exactly, or misses by a nano-dollar. */
function fitExactly(model: Model, real: Real, wanted: WantedCall, who: 'budget' | 'wallet', by: bigint): void {
  const { statement } = model;
  const request = requestOf(wanted, 'hold_none', causeOf('req_none'));
  const bound = naiveBound(request.price, wanted.inputTokens, wanted.choices * leastLimit(request)) + by;
  const { held, spent, balance } = statement;
  if (who === 'budget')
    return changeBudget(model, real, wanted.price ? atLeastZero(spent + held.budget + bound) : null);
  const missing = held.wallet + (wanted.billable === undefined ? bound : wanted.billable + by) - (balance ?? 0n);
  changeWallet(model, real, missing > 0n ? 'topup' : 'adjust', missing);
}

function atLeastZero(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}

/** What a call uses whose bounds nobody asked for, since a fixed amount pays it. */
const FREE_BOUND = { inputTokens: 1000, outputTokens: 1000 };

function settle(model: Model, real: Real, call: Admitted, how: Spending): void {
  const failed = how.how === 'failed';
  const usage = measured(call.wanted, tokensOf(how, call.placed.bound ?? FREE_BOUND), {
    hold: call.placed,
    cause: causeOf(call.requestId),
    failed,
  });
  const { isOverrun, debit } = use(model, real, usage, call.hold);
  if (how.how !== 'more') expect(isOverrun).toBe(false);
  call.debited = debit ?? 0n;
  call.isOver = true;
}

/** Records usage, settling a hold or without one, and compares what is said of it. */
function use(model: Model, real: Real, usage: MeasuredUsage, hold: NaiveHold | undefined) {
  const { statement, atMs } = model;
  const [cost = 0n, charge] = [usage.usage.costNanoUsd, usage.usage.billableNanoUsd].map((text) =>
    text === null ? undefined : BigInt(text),
  );
  const debit = hold === undefined || hold.wallet === null ? undefined : (charge ?? cost);
  const isOverrun =
    hold !== undefined && ((hold.cost !== null && cost > hold.cost) || (debit ?? 0n) > (hold.wallet ?? 0n));
  const { cap, balance } = statement;
  const isUnheld = cost > 0n && (hold ? hold.cost === null && cap !== null : cap !== null || balance !== null);
  const isLate = isUnheld || (hold !== undefined && hold.ending !== null);
  const countsIn = hold && hold.month !== statement.month ? hold.month : null;
  const { events } = real.decide({ type: 'RecordUsage', ...usage }, atMs);
  const flags = [
    ...usage.usage.flags,
    ...(isOverrun ? (['overrun'] as const) : []),
    ...(isLate ? (['late'] as const) : []),
  ];
  const { data } = events[0] as UsageRecorded;
  expect({ flags: data.flags, countsIn: data.countsIn }).toEqual({ flags, countsIn });
  real.append(events);
  statement.usage.push({ month: statement.month, countsIn, recorded: countable({ ...usage.usage, flags }) });
  if (debit !== undefined) statement.balance = statement.balance! - debit;
  if (hold) hold.ending ??= 'settled';
  model.sayWhatIsReached();
  return { isOverrun, debit };
}

/** One of the calls that are under way; none when nobody calls. */
function one<T>(among: readonly T[], pick: number): T | undefined {
  return among[pick % Math.max(among.length, 1)];
}

const pick = fc.nat(100);
const amount = fc.bigInt(0n, 20_000n);

const holds = command('hold', wantedCall, hold);

const fittingHolds = command(
  'hold that fits exactly',
  fc.record({
    wanted: wantedCall,
    who: fc.constantFrom('budget' as const, 'wallet' as const),
    by: fc.constantFrom(-1n, 0n, 1n),
  }),
  (model, real, { wanted, who, by }) => {
    fitExactly(model, real, wanted, who, by);
    hold(model, real, wanted);
  },
);

const settles = command(
  'settle',
  fc.record({ pick, how: spending('all', 'part', 'failed', 'more') }),
  (model, real, { pick: which, how }) => {
    const call = one(model.underWay, which);
    if (call) settle(model, real, call, how);
  },
);

const unheldUsage = command(
  'usage without a hold',
  fc.record({ price: fc.option(modelPrice, { nil: undefined }), how: spending('all', 'failed') }),
  (model, real, { price, how }) => {
    const tokens = tokensOf(how, { inputTokens: how.inputShare, outputTokens: how.outputShare });
    const failed = how.how === 'failed';
    use(
      model,
      real,
      measured({ price, billable: undefined }, tokens, { hold: undefined, cause: causeOf(model.next()), failed }),
      undefined,
    );
  },
);

const releases = command('release', pick, (model, real, which) => {
  const call = one(model.underWay, which);
  if (!call) return;
  real.append(
    real.decide({ type: 'ReleaseHold', cause: causeOf(call.requestId), hold: call.hold.hold }, model.atMs).events,
  );
  call.hold.ending ??= 'released';
  call.isOver = true;
});

const expires = command('expire', fc.nat(400_000), (model, real, afterMs) => {
  model.atMs += afterMs;
  model.expire();
  const { events, outcome } = real.decide({ type: 'ExpireHolds', cause: causeOf(model.next()) }, model.atMs);
  expect(outcome).toEqual({ expired: events.length });
  real.append(events);
});

const waits = command('wait', fc.nat(400_000), (model, _, ms) => {
  model.atMs += ms;
});

/** To the very end of a hold, or a millisecond before it. */
const waitsForAHold = command(
  'wait for the end of a hold',
  fc.record({ pick, by: fc.constantFrom(-1, 0) }),
  (model, _, of) => {
    const hold = one(model.statement.open, of.pick);
    if (hold) model.atMs = Math.max(model.atMs, hold.expiresAt + of.by);
  },
);

const budgets = command('budget', fc.option(fc.oneof(fc.constant(0n), amount), { freq: 6 }), changeBudget);

const relativeBudgets = command(
  'budget at a share of what is spent',
  fc.constantFrom(50n, 99n, 100n, 101n, 125n, 126n, 200n),
  (model, real, percent) => changeBudget(model, real, (model.statement.spent * percent) / 100n),
);

const topUps = command('top up', fc.bigInt(1n, 20_000n), (model, real, given) =>
  changeWallet(model, real, 'topup', given),
);

const adjustments = command('adjust', fc.bigInt(-10_000n, 5000n), (model, real, given) =>
  changeWallet(model, real, 'adjust', given),
);

const refunds = command(
  'refund',
  fc.record({ pick, amount: fc.option(fc.bigInt(1n, 2000n), { nil: undefined }) }),
  (model, real, of) => {
    const call = one(
      model.calls.filter(({ debited }) => debited > 0n),
      of.pick,
    );
    if (call)
      changeWallet(model, real, 'refund', of.amount, { requestId: call.requestId, debited: nanoUsd(call.debited) });
  },
);

const turns = command('turn the month', fc.boolean(), (model, real, skipsOne) => {
  const next = monthAfter(model.statement.month);
  const month = skipsOne ? monthAfter(next) : next;
  model.atMs = Math.max(model.atMs, startOfMonth(month));
  real.turn(month, model.atMs);
  model.statement.turn(month);
});

/** Everything that can happen to a statement. */
export const anything: readonly fc.Arbitrary<Command>[] = [
  holds,
  fittingHolds,
  fittingHolds,
  settles,
  settles,
  unheldUsage,
  releases,
  expires,
  waits,
  waitsForAHold,
  budgets,
  relativeBudgets,
  topUps,
  adjustments,
  refunds,
  turns,
];

/** What reaches thresholds, and what takes them back. */
export const spendingAndPaying: readonly fc.Arbitrary<Command>[] = [
  fittingHolds,
  settles,
  unheldUsage,
  relativeBudgets,
  budgets,
  topUps,
  adjustments,
  turns,
];

/** Calls that fit exactly, or miss by the least there is. */
export const fittingCalls: readonly fc.Arbitrary<Command>[] = [
  fittingHolds,
  fittingHolds,
  holds,
  settles,
  waitsForAHold,
  expires,
  topUps,
];
