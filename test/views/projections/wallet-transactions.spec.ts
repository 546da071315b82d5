import { transactionId, walletTransactions } from '../../../src/views/projections/wallet-transactions.js';
import { ACCOUNT, ADA, BOB, id, NOON, usage, walletCredited } from '../events.js';
import { documentsGiven } from '../plain-book.js';

const REQUEST = id('req', 'R');
const TOP_UP = id('txn', 1);
const DEBIT = id('txn', 2);
const REFUND = id('txn', 3);

const debit = usage({
  requestId: REQUEST,
  data: { wallet: { transaction: DEBIT, debitNanoUsd: '300', balanceNanoUsd: '700' } },
});

describe('wallet transactions', () => {
  it('top-ups, debits and refunds are one document each, in the order of the book', () => {
    const given = [
      walletCredited({ data: { transaction: TOP_UP }, personal: { note: 'invoice 7' } }),
      debit,
      walletCredited({
        requestId: id('req', 'of the refund itself'),
        data: {
          transaction: REFUND,
          kind: 'refund',
          amountNanoUsd: '200',
          balanceNanoUsd: '900',
          refundedRequest: REQUEST,
        },
      }),
    ];
    const plain = { account: ACCOUNT, customer: ADA, requestId: null, note: null, occurredAt: NOON };
    expect([...documentsGiven(walletTransactions, given).values()]).toEqual([
      {
        ...plain,
        id: transactionId(ADA, TOP_UP),
        position: 1,
        bookedAt: 1,
        transaction: TOP_UP,
        type: 'topup',
        amountNanoUsd: '1000',
        balanceNanoUsd: '1000',
        note: 'invoice 7',
      },
      {
        ...plain,
        id: transactionId(ADA, DEBIT),
        position: 2,
        bookedAt: 2,
        transaction: DEBIT,
        type: 'debit',
        amountNanoUsd: '-300',
        balanceNanoUsd: '700',
        requestId: REQUEST,
      },
      {
        ...plain,
        id: transactionId(ADA, REFUND),
        position: 3,
        bookedAt: 3,
        transaction: REFUND,
        type: 'refund',
        amountNanoUsd: '200',
        balanceNanoUsd: '900',
        requestId: REQUEST,
      },
    ]);
  });

  it('an adjustment may take, and a debit may be of nothing', () => {
    const given = [
      walletCredited({ data: { kind: 'adjust', amountNanoUsd: '-1000', balanceNanoUsd: '0' } }),
      usage({ data: { wallet: { transaction: DEBIT, debitNanoUsd: '0', balanceNanoUsd: '0' } } }),
    ];
    expect([...documentsGiven(walletTransactions, given).values()]).toMatchObject([
      { type: 'adjust', amountNanoUsd: '-1000', balanceNanoUsd: '0' },
      { type: 'debit', amountNanoUsd: '0', balanceNanoUsd: '0' },
    ]);
  });

  it('calls that no wallet paid leave none', () => {
    expect(documentsGiven(walletTransactions, [usage(), usage({ customer: BOB })]).size).toBe(0);
  });

  it('a note whose key is gone is null, its amounts stay', () => {
    expect([...documentsGiven(walletTransactions, [walletCredited({ personal: null })]).values()]).toMatchObject([
      { note: null, amountNanoUsd: '1000', balanceNanoUsd: '1000' },
    ]);
  });
});
