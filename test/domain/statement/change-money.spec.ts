import type { CreditWallet, SetBudget } from '../../../src/domain/statement/change-money.js';
import { statementDecider } from '../../../src/domain/statement/decide.js';
import type { StatementEvent } from '../../../src/domain/statement/statement.js';
import { given as givenTo, NOW_MS } from '../../support/given.js';
import { CAUSE, held, opened, wallet } from '../../support/statement-events.js';

const given = (...events: StatementEvent[]) => givenTo(statementDecider, ...events);

const setBudget = (capNanoUsd: string | null): SetBudget => ({ type: 'SetBudget', cause: CAUSE, capNanoUsd });
const credit = (
  kind: CreditWallet['kind'],
  amountNanoUsd: string | null,
  parts: Partial<CreditWallet> = {},
): CreditWallet => {
  return {
    type: 'CreditWallet',
    cause: CAUSE,
    transaction: 'txn_1',
    kind,
    amountNanoUsd,
    note: null,
    refund: null,
    ...parts,
  };
};
/** A refund of a call that took 30. */
const refund = (amountNanoUsd: string | null) =>
  credit('refund', amountNanoUsd, { refund: { requestId: 'req_0', debitedNanoUsd: '30' } });
const credited = (
  kind: CreditWallet['kind'],
  amountNanoUsd: string,
  balanceNanoUsd: string,
  refundedRequest: string | null = null,
) =>
  ({
    type: 'WalletCredited',
    data: { transaction: 'txn_1', kind, amountNanoUsd, balanceNanoUsd, refundedRequest },
  }) as const;

describe('the monthly budget', () => {
  it.each(['0', '50', null])('is set to %s', (capNanoUsd) => {
    given(opened({ capNanoUsd: '100' }))
      .when(setBudget(capNanoUsd))
      .then([
        {
          type: 'BudgetSet',
          id: 'budget',
          account: 'acct_1',
          customer: 'cust_1',
          requestId: 'req_1',
          actor: 'key:key_1',
          occurredAt: NOW_MS,
          data: { capNanoUsd },
        },
      ])
      .answering(null);
  });
});

describe('the wallet', () => {
  it('is made by the first top-up, and a later one adds to it', () => {
    given(opened())
      .when(credit('topup', '100'))
      .then([{ ...credited('topup', '100', '100'), id: 'wallet', personal: undefined }])
      .answering(null);
    given(opened({ wallet: wallet('100') }))
      .when(credit('topup', '5'))
      .then([credited('topup', '5', '105')]);
  });

  it("keeps the developer's words apart, since they may name a person", () => {
    given(opened())
      .when(credit('topup', '100', { note: 'for Ada' }))
      .then([{ ...credited('topup', '100', '100'), personal: { note: 'for Ada' } }]);
  });

  it('is corrected upwards, and downwards by what is free', () => {
    const before = [opened({ wallet: wallet('100') }), held('hold_1', { walletNanoUsd: '60' })];
    given(...before)
      .when(credit('adjust', '1'))
      .then([credited('adjust', '1', '101')]);
    given(...before)
      .when(credit('adjust', '-40'))
      .then([credited('adjust', '-40', '60')]);
    given(...before)
      .when(credit('adjust', '-41'))
      .refused(
        'invalid_parameter',
        'amount_usd must not take more than is free: 0.00000004 USD, since holds of calls under way count as spent',
      );
  });

  it.each(['adjust', 'refund'] as const)('must be there before an %s', (kind) => {
    given(opened())
      .when(kind === 'refund' ? refund(null) : credit(kind, '1'))
      .refused('not_found', 'the customer has no wallet; its first top-up makes one');
  });

  it('gets back what a call took, in part or all that is left of it', () => {
    given(opened({ wallet: wallet('100') }))
      .when(refund('10'))
      .then([credited('refund', '10', '110', 'req_0')]);
    const partly = opened({ wallet: wallet('100', { refunded: { req_0: '10' } }) });
    given(partly)
      .when(refund(null))
      .then([credited('refund', '20', '120', 'req_0')]);
    given(partly)
      .when(refund('20'))
      .then([credited('refund', '20', '120', 'req_0')]);
  });

  it('gets back no more than that', () => {
    given(opened({ wallet: wallet('100', { refunded: { req_0: '10' } }) }))
      .when(refund('21'))
      .refused('invalid_parameter', 'amount_usd must be at most 0.00000002 USD, what is left of the debit');
    given(opened({ wallet: wallet('100', { refunded: { req_0: '30' } }) }))
      .when(refund(null))
      .refused('invalid_parameter', 'request_id must be a call with something left to refund');
  });
});
