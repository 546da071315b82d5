import fc from 'fast-check';
import type { LedgerEvent } from '../../../src/domain/events/index.js';
import {
  accountOpened,
  ADA,
  BOB,
  customerCreated,
  id,
  NOON,
  statementClosed,
  statementOpened,
  UNATTRIBUTED,
  usage,
  usageHeld,
  walletCredited,
} from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';
import { asking, refusal, type Asking } from './asking.js';

let views: ViewsUnderTest;
let ask: Asking;

beforeEach(async () => {
  views = await ViewsUnderTest.open();
  ask = asking(views);
  await views.given(
    accountOpened(),
    customerCreated(UNATTRIBUTED, null),
    customerCreated(ADA, 'ada'),
    customerCreated(BOB, 'bob'),
  );
});

afterEach(() => views.close());

const REQUEST = id('req', 'R');

/** A call of Ada's that her wallet paid. */
const debit = (amount: string, balance: string, requestId = REQUEST) =>
  usage({
    requestId,
    data: { wallet: { transaction: id('txn', `d${balance}`), debitNanoUsd: amount, balanceNanoUsd: balance } },
  });

const NO_TRANSACTIONS = { object: 'list', data: [], has_more: false, next_cursor: null };

describe('the wallet of a customer', () => {
  it('has its balance, what is held of it, and its transactions, newest first', async () => {
    await views.write(
      walletCredited({
        data: { transaction: id('txn', 'T'), amountNanoUsd: '2000000001', balanceNanoUsd: '2000000001' },
        personal: { note: 'invoice 7' },
      }),
      debit('500000001', '1500000000'),
      usageHeld({ data: { walletNanoUsd: '250000000' } }),
    );
    expect(await ask.wallet('ada')).toEqual({
      object: 'wallet',
      customer_id: ADA,
      external_id: 'ada',
      balance_usd: 1.5,
      held_usd: 0.25,
      available_usd: 1.25,
      low_below_usd: 0.400000001,
      transactions: {
        object: 'list',
        data: [
          {
            id: id('txn', 'd1500000000'),
            object: 'wallet_transaction',
            customer_id: ADA,
            type: 'debit',
            amount_usd: -0.500000001,
            balance_usd: 1.5,
            request_id: REQUEST,
            note: null,
            created_at: NOON / 1000,
          },
          {
            id: id('txn', 'T'),
            object: 'wallet_transaction',
            customer_id: ADA,
            type: 'topup',
            amount_usd: 2.000000001,
            balance_usd: 2.000000001,
            request_id: null,
            note: 'invoice 7',
            created_at: NOON / 1000,
          },
        ],
        has_more: false,
        next_cursor: null,
      },
    });
  });

  it('is all null until the first top-up, also for a customer with calls', async () => {
    await views.write(usage());
    for (const customer of ['ada', 'bob']) {
      expect(await ask.wallet(customer)).toMatchObject({
        balance_usd: null,
        held_usd: 0,
        available_usd: null,
        low_below_usd: null,
        transactions: NO_TRANSACTIONS,
      });
    }
  });

  it('may be overdrawn', async () => {
    await views.write(walletCredited(), debit('1001', '-1'));
    expect(await ask.wallet('ada')).toMatchObject({ balance_usd: -1e-9, available_usd: -1e-9, low_below_usd: 2e-7 });
  });

  it('is handed on from month to month', async () => {
    await views.write(walletCredited(), debit('400', '600'));
    const wallet = {
      balanceNanoUsd: '600',
      heldNanoUsd: '0',
      lastTopUpNanoUsd: '1000',
      refunded: {},
      low: false,
      empty: false,
    };
    const carried = { capNanoUsd: null, holds: {}, wallet };
    await views.write(statementClosed(ADA, '202611', '202612', carried));
    expect(await ask.wallet('ada')).toMatchObject({ balance_usd: 6e-7 });
    await views.write(statementOpened(ADA, '202612', '202611', carried));
    expect(await ask.wallet('ada')).toMatchObject({
      balance_usd: 6e-7,
      low_below_usd: 2e-7,
      transactions: { data: [{ type: 'debit' }, { type: 'topup' }] },
    });
  });

  it('is the customer’s own', async () => {
    await views.write(
      walletCredited(),
      walletCredited({ customer: BOB, data: { amountNanoUsd: '7', balanceNanoUsd: '7' } }),
    );
    expect(await ask.wallet('bob')).toMatchObject({
      customer_id: BOB,
      balance_usd: 7e-9,
      transactions: { data: [{ amount_usd: 7e-9 }] },
    });
  });
});

describe('the pages of a wallet', () => {
  const change = fc.record({
    kind: fc.constantFrom('topup', 'adjust', 'refund', 'debit'),
    amount: fc.integer({ min: 0, max: 1_000 }),
  });
  let round = 0;

  it('hold every transaction once, newest first, each balance following from the one before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), fc.integer({ min: 1, max: 7 }), async (changes, limit) => {
        const customer = id('cust', `w${++round}`);
        await views.write(customerCreated(customer, `w${round}`), ...eventsOf(customer, changes));
        const rows: Row[] = [];
        for (let cursor: string | null | undefined; cursor !== null;) {
          const { transactions, balance_usd: balance } = await ask.wallet(`w${round}`, {
            limit: String(limit),
            ...(cursor && { cursor }),
          });
          expect(transactions.data.length).toBeLessThanOrEqual(limit);
          if (cursor === undefined) expect(transactions.data[0]?.balance_usd ?? null).toBe(balance);
          expect(transactions.has_more).toBe(transactions.next_cursor !== null);
          rows.push(...transactions.data);
          cursor = transactions.next_cursor;
        }
        expect(rows.map(({ id: transaction }) => transaction)).toEqual(
          changes.map((_, index) => transactionOf(index)).toReversed(),
        );
        for (const [index, { amount_usd: amount, balance_usd: balance }] of rows.entries()) {
          expect(nano(balance)).toBe(nano(amount) + nano(rows[index + 1]?.balance_usd ?? 0));
        }
      }),
      { numRuns: 30 },
    );
    expect(await views.contents()).toEqual(await views.rebuiltContents());
  }, 60_000);

  interface Row {
    readonly id: string;
    readonly amount_usd: number;
    readonly balance_usd: number;
  }

  const nano = (usd: number) => Math.round(usd * 1e9);
  const transactionOf = (index: number) => id('txn', `${round}x${index}`);

  /** A top-up first, as a wallet begins; then every change as it is. */
  function eventsOf(
    customer: string,
    changes: readonly { kind: 'topup' | 'adjust' | 'refund' | 'debit'; amount: number }[],
  ): LedgerEvent[] {
    let balance = 0;
    return changes.map(({ kind: wanted, amount }, index) => {
      const kind = index === 0 ? 'topup' : wanted;
      balance += kind === 'debit' ? -amount : amount;
      const transaction = transactionOf(index);
      if (kind === 'debit') {
        return usage({
          customer,
          data: { wallet: { transaction, debitNanoUsd: `${amount}`, balanceNanoUsd: `${balance}` } },
        });
      }
      const refundedRequest = kind === 'refund' ? id('req', index) : null;
      return walletCredited({
        customer,
        data: { transaction, kind, amountNanoUsd: `${amount}`, balanceNanoUsd: `${balance}`, refundedRequest },
      });
    });
  }

  it('refuse a limit and a cursor that are none, and a customer nobody knows', async () => {
    for (const limit of ['0', '201', 'all']) {
      expect(await refusal(ask.wallet('ada', { limit }))).toMatchObject({ code: 'invalid_parameter', param: 'limit' });
    }
    for (const cursor of [
      'x',
      Buffer.from('noon txn_1').toString('base64url'),
      Buffer.from('1').toString('base64url'),
    ]) {
      expect(await refusal(ask.wallet('ada', { cursor }))).toMatchObject({
        code: 'invalid_parameter',
        param: 'cursor',
      });
    }
    expect(await refusal(ask.wallet('nobody'))).toMatchObject({ code: 'customer_not_found' });
    expect(await refusal(asking(views, id('acct', 'other')).wallet(ADA))).toMatchObject({ code: 'customer_not_found' });
    expect(await refusal(ask.wallet(UNATTRIBUTED))).toMatchObject({ code: 'customer_not_found' });
  });
});
