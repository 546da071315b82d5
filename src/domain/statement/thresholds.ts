import { envelopeOf, type CustomerCause } from '../events/command-cause.js';
import type { DecisionContext } from '../decider.js';
import type { BudgetThresholdCrossed, WalletThresholdCrossed } from '../events/index.js';
import { nanoUsd } from '../money.js';
import { spentNow } from './resumed-month.js';
import { hasReached, isLow, spentOf, type StatementState } from './statement.js';

/** The events that a decision makes about thresholds; both name the amounts at that moment. */
export type ThresholdCrossed = BudgetThresholdCrossed | WalletThresholdCrossed;

/** The thresholds that are reached on a statement and have not been said yet. */
export function crossings(state: StatementState, cause: CustomerCause, context: DecisionContext): ThresholdCrossed[] {
  const { capNanoUsd, crossed, wallet } = state;
  const events: ThresholdCrossed[] = [];
  if (capNanoUsd !== null) {
    const reached = (percent: 80 | 100) => hasReached(spentOf(state), nanoUsd(capNanoUsd), percent);
    if (!crossed.warning && reached(80)) events.push(budgetCrossing(state, 80, 'spent', cause, context));
    if (!crossed.exceeded && reached(100)) events.push(budgetCrossing(state, 100, 'spent', cause, context));
  }
  if (wallet) {
    const balance = nanoUsd(wallet.balanceNanoUsd);
    if (!wallet.low && isLow(balance, nanoUsd(wallet.lastTopUpNanoUsd)))
      events.push(walletCrossing(state, 'low', 'spent', cause, context));
    if (!wallet.empty && balance <= 0n) events.push(walletCrossing(state, 'empty', 'spent', cause, context));
  }
  return events;
}

/** The first refusal for want of money counts as a threshold crossed; later ones say nothing new. */
export function refusalCrossing(
  state: StatementState,
  limit: 'budget' | 'wallet',
  cause: CustomerCause,
  context: DecisionContext,
): ThresholdCrossed[] {
  if (limit === 'budget') return state.crossed.exceeded ? [] : [budgetCrossing(state, 100, 'refused', cause, context)];
  return state.wallet!.empty ? [] : [walletCrossing(state, 'empty', 'refused', cause, context)];
}

function budgetCrossing(
  state: StatementState,
  percent: 80 | 100,
  by: 'spent' | 'refused',
  cause: CustomerCause,
  context: DecisionContext,
): BudgetThresholdCrossed {
  const { capNanoUsd, heldNanoUsd } = state;
  return {
    ...envelopeOf(cause, context, `budget-${percent}`),
    type: 'BudgetThresholdCrossed',
    data: { percent, by, capNanoUsd: capNanoUsd!, spentNanoUsd: spentNow(state), heldNanoUsd },
  };
}

function walletCrossing(
  { wallet }: StatementState,
  threshold: 'low' | 'empty',
  by: 'spent' | 'refused',
  cause: CustomerCause,
  context: DecisionContext,
): WalletThresholdCrossed {
  const { balanceNanoUsd, lastTopUpNanoUsd } = wallet!;
  return {
    ...envelopeOf(cause, context, `wallet-${threshold}`),
    type: 'WalletThresholdCrossed',
    data: { threshold, by, balanceNanoUsd, lastTopUpNanoUsd },
  };
}
