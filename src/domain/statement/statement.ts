import type { CarriedStatement, OpenHold, Wallet } from '../events/carried-statement.js';
import type {
  BudgetSet,
  BudgetThresholdCrossed,
  HoldReleased,
  MonthResumed,
  StatementClosed,
  StatementOpened,
  UsageHeld,
  UsageRecorded,
  WalletCredited,
  WalletThresholdCrossed,
} from '../events/index.js';
import { addNanoUsdText, nanoUsd, type NanoUsd, type NanoUsdText } from '../money.js';
import { holdOf, holdsById, openHolds, withHold, withoutHold } from './open-holds.js';
import {
  countingMonth,
  NONE_CROSSED,
  resumeMonth,
  spentNow,
  withPastCost,
  type CountingStatement,
  type Crossed,
  type MonthSpend,
} from './resumed-month.js';
import { addTotals, NO_USAGE, totalsOf, type UsageTotals } from '../events/usage-totals.js';

/** Every event of a statement stream. */
export type StatementEvent =
  | StatementOpened
  | BudgetSet
  | WalletCredited
  | UsageHeld
  | UsageRecorded
  | HoldReleased
  | BudgetThresholdCrossed
  | WalletThresholdCrossed
  | MonthResumed
  | StatementClosed;

/** The types of them, for who reads statements. */
export const STATEMENT_EVENTS: readonly StatementEvent['type'][] = [
  'StatementOpened',
  'BudgetSet',
  'WalletCredited',
  'UsageHeld',
  'UsageRecorded',
  'HoldReleased',
  'BudgetThresholdCrossed',
  'WalletThresholdCrossed',
  'MonthResumed',
  'StatementClosed',
];

/** One customer's money in one UTC month: what is decided together, under one expected revision. */
export interface StatementState extends CountingStatement, Omit<CarriedStatement, 'holds'> {
  readonly previousMonth: string | null;
  /** The month that carries on once this one is closed; null while it is open. */
  readonly nextMonth: string | null;
  /** Sums over the usage that counts in this month. Its cost is what is spent of the month's budget. */
  readonly totals: UsageTotals;
  /** Sums over usage that was recorded here and counts in an earlier month. */
  readonly carriedTotals: UsageTotals;
}

/**
 * Folds one event of a statement stream. Throws when the stream breaks its own rules: opened first and once, nothing
 * after the close, no hold above what is free, one ending for every hold.
 */
export function evolveStatement(state: StatementState | undefined, event: StatementEvent): StatementState {
  if (event.type === 'StatementOpened') {
    if (state) throw new Error(`statement ${state.month} was opened twice`);
    return {
      ...event.data,
      holds: openHolds(event.data.holds),
      nextMonth: null,
      totals: NO_USAGE,
      carriedTotals: NO_USAGE,
      heldNanoUsd: '0',
      crossed: NONE_CROSSED,
      past: null,
    };
  }
  if (!state) throw new Error(`${event.type} before StatementOpened`);
  if (state.nextMonth !== null) throw new Error(`${event.type} after statement ${state.month} was closed`);
  switch (event.type) {
    case 'UsageRecorded':
      return recorded(state, event);
    case 'UsageHeld':
      return held(state, event);
    case 'HoldReleased':
      return freedOf(state, event.data.hold);
    case 'BudgetSet':
      return budgeted(state, event.data.capNanoUsd);
    case 'WalletCredited':
      return { ...state, wallet: credited(state.wallet, event.data) };
    case 'BudgetThresholdCrossed':
      return { ...state, crossed: { ...state.crossed, [event.data.percent === 80 ? 'warning' : 'exceeded']: true } };
    case 'WalletThresholdCrossed':
      return { ...state, wallet: { ...walletOf(state), [event.data.threshold]: true } };
    case 'MonthResumed':
      return resumeMonth(state, event.data);
    case 'StatementClosed':
      return { ...state, nextMonth: event.data.nextMonth };
  }
}

/** What the statement hands on to the next month's when it is closed. */
export function carriedBy({ capNanoUsd, wallet, holds }: StatementState): CarriedStatement {
  return { capNanoUsd, wallet, holds: holdsById(holds) };
}

/** What is spent of the budget of the month that calls count in. */
export function spentOf(state: StatementState): NanoUsd {
  return nanoUsd(spentNow(state));
}

/** What is neither spent nor held of that budget (negative after the budget was lowered); undefined without one. */
export function freeBudget(state: StatementState): NanoUsd | undefined {
  if (state.capNanoUsd === null) return undefined;
  return nanoUsd(nanoUsd(state.capNanoUsd) - spentOf(state) - nanoUsd(state.heldNanoUsd));
}

/** What of the wallet no hold sets aside; undefined without a wallet. */
export function freeWallet({ wallet }: StatementState): NanoUsd | undefined {
  return wallet ? nanoUsd(nanoUsd(wallet.balanceNanoUsd) - nanoUsd(wallet.heldNanoUsd)) : undefined;
}

/** Whether a cost has reached a part of the budget; what costs nothing reaches nothing. */
export function hasReached(spent: NanoUsd, cap: NanoUsd, percent: 80 | 100): boolean {
  return spent > 0n && spent * 100n >= cap * BigInt(percent);
}

/**
 * The thresholds that were crossed, as far as a month's spend still reaches them under a budget: a changed one takes
 * back the others.
 */
export function stillCrossed({ spentNanoUsd, crossed }: MonthSpend, capNanoUsd: NanoUsdText | null): Crossed {
  const reached = (percent: 80 | 100) =>
    capNanoUsd !== null && hasReached(nanoUsd(spentNanoUsd), nanoUsd(capNanoUsd), percent);
  return { warning: crossed.warning && reached(80), exceeded: crossed.exceeded && reached(100) };
}

function held(state: StatementState, { data }: UsageHeld): StatementState {
  const { hold, costNanoUsd, walletNanoUsd, expiresAt } = data;
  const [budget, prepaid] = [freeBudget(state), freeWallet(state)];
  if (holdOf(state.holds, hold)) throw new Error(`${hold} was placed twice`);
  if (budget !== undefined && (costNanoUsd === null || nanoUsd(costNanoUsd) > budget))
    throw new Error(`${hold} holds ${costNanoUsd}, but ${budget} is free`);
  if (walletNanoUsd !== null && (prepaid === undefined || nanoUsd(walletNanoUsd) > prepaid))
    throw new Error(`${hold} holds ${walletNanoUsd} of the wallet, but ${prepaid} is free`);
  const open: OpenHold = { month: countingMonth(state), costNanoUsd, walletNanoUsd, expiresAt };
  return {
    ...state,
    holds: withHold(state.holds, hold, open),
    heldNanoUsd: addNanoUsdText(state.heldNanoUsd, costNanoUsd ?? '0'),
    wallet: walletNanoUsd === null ? state.wallet : heldInWallet(walletOf(state), nanoUsd(walletNanoUsd)),
  };
}

function recorded(state: StatementState, { data }: UsageRecorded): StatementState {
  const { hold, countsIn, wallet: paid } = data;
  const freed = hold !== null && holdOf(state.holds, hold) ? freedOf(state, hold) : state;
  const wallet = paid ? { ...walletOf(freed), balanceNanoUsd: paid.balanceNanoUsd } : freed.wallet;
  if (paid && nanoUsd(walletOf(freed).balanceNanoUsd) - nanoUsd(paid.debitNanoUsd) !== nanoUsd(paid.balanceNanoUsd))
    throw new Error(`${paid.transaction} leaves ${paid.balanceNanoUsd}, which is not the balance less the debit`);
  const added = totalsOf(data);
  if (countsIn !== null) {
    const past = withPastCost(freed.past, countsIn, added.costNanoUsd);
    return { ...freed, wallet, carriedTotals: addTotals(freed.carriedTotals, added), past };
  }
  return { ...freed, wallet, totals: addTotals(freed.totals, added) };
}

function freedOf(state: StatementState, hold: string): StatementState {
  const open = holdOf(state.holds, hold);
  if (!open) throw new Error(`${hold} is not open`);
  return {
    ...state,
    holds: withoutHold(state.holds, hold),
    heldNanoUsd:
      open.month === countingMonth(state)
        ? (nanoUsd(state.heldNanoUsd) - nanoUsd(open.costNanoUsd ?? '0')).toString()
        : state.heldNanoUsd,
    wallet:
      open.walletNanoUsd === null ? state.wallet : heldInWallet(walletOf(state), nanoUsd(-nanoUsd(open.walletNanoUsd))),
  };
}

function budgeted(state: StatementState, capNanoUsd: NanoUsdText | null): StatementState {
  return {
    ...state,
    capNanoUsd,
    crossed: stillCrossed({ spentNanoUsd: spentNow(state), crossed: state.crossed }, capNanoUsd),
  };
}

function credited(
  wallet: Wallet | null,
  { kind, amountNanoUsd, balanceNanoUsd, refundedRequest }: WalletCredited['data'],
): Wallet {
  const before = wallet ?? EMPTY_WALLET;
  const balance = nanoUsd(balanceNanoUsd);
  if (wallet === null && kind !== 'topup') throw new Error(`${kind} before the first top-up`);
  if (nanoUsd(before.balanceNanoUsd) + nanoUsd(amountNanoUsd) !== balance)
    throw new Error(`${kind} leaves ${balanceNanoUsd}, which is not the sum`);
  const lastTopUpNanoUsd = kind === 'topup' ? amountNanoUsd : before.lastTopUpNanoUsd;
  const refunded =
    refundedRequest === null
      ? before.refunded
      : {
          ...before.refunded,
          [refundedRequest]: (nanoUsd(before.refunded[refundedRequest] ?? '0') + nanoUsd(amountNanoUsd)).toString(),
        };
  const low = before.low && isLow(balance, nanoUsd(lastTopUpNanoUsd));
  return { ...before, balanceNanoUsd, lastTopUpNanoUsd, refunded, low, empty: before.empty && balance <= 0n };
}

const EMPTY_WALLET: Wallet = {
  balanceNanoUsd: '0',
  heldNanoUsd: '0',
  lastTopUpNanoUsd: '0',
  refunded: {},
  low: false,
  empty: false,
};

/** Whether a balance is below a fifth of the last top-up. */
export function isLow(balance: NanoUsd, lastTopUp: NanoUsd): boolean {
  return balance * 5n < lastTopUp;
}

function heldInWallet(wallet: Wallet, more: NanoUsd): Wallet {
  return { ...wallet, heldNanoUsd: (nanoUsd(wallet.heldNanoUsd) + more).toString() };
}

function walletOf({ wallet }: StatementState): Wallet {
  if (!wallet) throw new Error('there is no wallet');
  return wallet;
}
