import type { CreditWallet, SetBudget } from '../../../src/domain/statement/change-money.js';
import { statementDecider } from '../../../src/domain/statement/decide.js';
import type { StatementEvent } from '../../../src/domain/statement/statement.js';
import { given as givenTo } from '../../support/given.js';
import { CAUSE, held, opened, placeHold, recordUsage, spent, wallet } from '../../support/statement-events.js';

const given = (...events: StatementEvent[]) => givenTo(statementDecider, ...events);

const usage = { type: 'UsageRecorded' } as const;
const budgetSet = { type: 'BudgetSet' } as const;
const credited = { type: 'WalletCredited' } as const;
const setBudget = (capNanoUsd: string | null): SetBudget => ({ type: 'SetBudget', cause: CAUSE, capNanoUsd });
const adjust = (amountNanoUsd: string): CreditWallet => {
  return {
    type: 'CreditWallet',
    cause: CAUSE,
    transaction: 'txn_1',
    kind: 'adjust',
    amountNanoUsd,
    note: null,
    refund: null,
  };
};

/** That a part of a budget of 100 is spent. */
const budgetCrossed = (percent: 80 | 100, spentNanoUsd: string) => {
  const data = { percent, by: 'spent', capNanoUsd: '100', spentNanoUsd, heldNanoUsd: '0' } as const;
  return { type: 'BudgetThresholdCrossed', id: `budget-${percent}`, data } as const;
};
const walletCrossed = (threshold: 'low' | 'empty', balanceNanoUsd: string) => {
  const data = { threshold, by: 'spent', balanceNanoUsd, lastTopUpNanoUsd: '100' } as const;
  return { type: 'WalletThresholdCrossed', id: `wallet-${threshold}`, data } as const;
};
/** The same as an event of before. */
const before = <Event extends object>(event: Event) => ({ ...CAUSE, ...event, occurredAt: 0 });

describe('a budget', () => {
  it.each([
    ['nothing below 80 percent', '79', []],
    ['80 percent', '80', [80]],
    ['80 percent up to the last nano-dollar', '99', [80]],
    ['80 and 100 percent', '100', [80, 100]],
  ] as const)('says %s', (_, cost, percents) => {
    given(opened({ capNanoUsd: '100' }))
      .when(recordUsage(cost))
      .then([usage, ...percents.map((percent) => budgetCrossed(percent, cost))]);
  });

  it('says each once', () => {
    given(opened({ capNanoUsd: '100' }), spent('80'), before(budgetCrossed(80, '80')))
      .when(recordUsage('19'))
      .then([usage]);
  });

  it('says at once what is reached when it is lowered, and nothing when nothing was spent', () => {
    given(opened({ capNanoUsd: '1000' }), spent('100'))
      .when(setBudget('100'))
      .then([budgetSet, budgetCrossed(80, '100'), budgetCrossed(100, '100')]);
    given(opened()).when(setBudget('0')).then([budgetSet]);
  });

  it('says again what was taken back when it was raised', () => {
    const raised = before({ type: 'BudgetSet' as const, data: { capNanoUsd: '200' } });
    given(opened({ capNanoUsd: '100' }), spent('80'), before(budgetCrossed(80, '80')), raised)
      .when(setBudget('100'))
      .then([budgetSet, budgetCrossed(80, '80')]);
  });

  it('says nothing of what is held', () => {
    given(opened({ capNanoUsd: '12' }))
      .when(placeHold())
      .then([{ type: 'UsageHeld' }]);
  });

  it('says nothing where there is none', () => {
    given(opened()).when(recordUsage('1000')).then([usage]);
  });
});

describe('a wallet', () => {
  it.each([
    ['nothing at a fifth of the last top-up', '80', []],
    ['that it is low, below that', '81', ['low']],
    ['that it is low and empty', '100', ['low', 'empty']],
    ['the same of an overrun', '101', ['low', 'empty']],
  ] as const)('says %s', (_, cost, thresholds) => {
    given(opened({ wallet: wallet('100') }), held('hold_1', { walletNanoUsd: '100' }))
      .when(recordUsage(cost, { walletNanoUsd: '100' }))
      .then([usage, ...thresholds.map((threshold) => walletCrossed(threshold, String(100 - Number(cost))))]);
  });

  it('says each once, until there is enough again', () => {
    given(opened({ wallet: wallet('19', { lastTopUpNanoUsd: '100', low: true }) }))
      .when(adjust('-1'))
      .then([credited]);
    const enough = {
      transaction: 'txn_0',
      kind: 'adjust',
      amountNanoUsd: '1',
      balanceNanoUsd: '20',
      refundedRequest: null,
    } as const;
    given(
      opened({ wallet: wallet('19', { lastTopUpNanoUsd: '100', low: true }) }),
      before({ type: 'WalletCredited', data: enough }),
    )
      .when(adjust('-1'))
      .then([credited, walletCrossed('low', '19')]);
  });

  it('that a refusal called empty is not called so again when it is', () => {
    given(opened({ wallet: wallet('5', { lastTopUpNanoUsd: '100', low: true, empty: true }) }))
      .when(placeHold())
      .then([]);
    given(opened({ wallet: wallet('5', { lastTopUpNanoUsd: '100', low: true, empty: true }) }))
      .when(adjust('-5'))
      .then([credited]);
  });
});
