import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { Ringside } from '../../support/ringside.js';
import { echo, json } from '../../support/scripted-upstream.js';
import { changeWallet, makePrepaid, transactionsOf } from '../../support/wallets.js';
import { makeCustomer } from '../../support/limited-customers.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const change = (customer: string, way: 'topup' | 'adjust' | 'refund', body: unknown) =>
  changeWallet(ringside, customer, way, body);
const wallet = (id: string) => ringside.get(`/v1/customers/${id}/wallet`);
const refusedFor = (param: string) => [
  400,
  {
    error: { code: 'invalid_parameter', type: 'invalid_request_error', param, message: expect.stringContaining(param) },
  },
];

/** Makes a call that the wallet pays this amount for; the id of its request. */
async function paid(user: string, amount: string): Promise<string> {
  const { status, headers } = await answered(ringside.chat({ user }, { 'X-FC-Billable-Amount': amount }));
  expect(status).toBe(200);
  return headers.get('x-request-id')!;
}

describe('a top-up', () => {
  it('makes the wallet, by any of the customer’s names, and adds to it', async () => {
    const { id } = await makeCustomer(ringside, 'new wallet');
    expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({ wallet_balance_usd: null });
    const [status, transaction] = await change('ext:new wallet', 'topup', {
      amount_usd: 5,
      note: 'Invoice 7 – bezahlt',
    });
    expect([status, transaction]).toEqual([
      201,
      {
        id: expect.stringMatching(/^txn_[0-9A-Za-z]{24}$/),
        object: 'wallet_transaction',
        customer_id: id,
        type: 'topup',
        amount_usd: 5,
        balance_usd: 5,
        request_id: null,
        note: 'Invoice 7 – bezahlt',
        created_at: expect.any(Number),
      },
    ]);
    expect(await change(id, 'topup', '{"amount_usd":0.000000001}')).toMatchObject([
      201,
      { amount_usd: 1e-9, balance_usd: 5.000000001 },
    ]);
    expect((await wallet('new%20wallet')).transactions.data[1]).toEqual(transaction);
    expect(await wallet(id)).toMatchObject({
      balance_usd: 5.000000001,
      held_usd: 0,
      available_usd: 5.000000001,
      low_below_usd: 1e-9,
    });
  });

  it('arrives whole when many come at once', async () => {
    const { id } = await makeCustomer(ringside, 'many top-ups');
    await Promise.all(Array.from({ length: 50 }, () => change(id, 'topup', { amount_usd: 0.1 })));
    expect(await wallet(id)).toMatchObject({ balance_usd: 5 });
    expect(await transactionsOf(ringside, id)).toHaveLength(50);
  });
});

describe('an adjustment', () => {
  it('adds and takes away, to nothing at most', async () => {
    const id = await makePrepaid(ringside, 'adjusted', 1);
    expect(await change(id, 'adjust', { amount_usd: 0.5, note: 'Goodwill' })).toMatchObject([
      201,
      { type: 'adjust', balance_usd: 1.5, note: 'Goodwill' },
    ]);
    expect(await change(id, 'adjust', { amount_usd: -1.500000001 })).toMatchObject(refusedFor('amount_usd'));
    expect(await change(id, 'adjust', { amount_usd: -1.5 })).toMatchObject([201, { amount_usd: -1.5, balance_usd: 0 }]);
  });

  it('takes nothing of what calls under way hold', async () => {
    const id = await makePrepaid(ringside, 'adjusted while held', 1);
    const { promise: open, resolve } = Promise.withResolvers<void>();
    ringside.upstream.replyOnce((...request) => open.then(() => echo()(...request)));
    const [arrived, call] = [ringside.upstream.arrived(), paid(id, '0.4')];
    await arrived;
    expect(await change(id, 'adjust', { amount_usd: -0.7 })).toMatchObject([
      400,
      { error: { param: 'amount_usd', message: expect.stringContaining('0.6 USD') } },
    ]);
    expect(await change(id, 'adjust', { amount_usd: -0.6 })).toMatchObject([201, { balance_usd: 0.4 }]);
    resolve();
    await call;
    expect(await wallet(id)).toMatchObject({ balance_usd: 0, held_usd: 0 });
  });
});

describe('a refund', () => {
  it('gives back part of what a call took, then the rest, then nothing', async () => {
    const id = await makePrepaid(ringside, 'refunded', 1);
    const request_id = await paid(id, '0.6');
    expect(await change(id, 'refund', { request_id, amount_usd: 0.2, note: 'Too slow' })).toMatchObject([
      201,
      { type: 'refund', amount_usd: 0.2, balance_usd: 0.6, request_id, note: 'Too slow' },
    ]);
    expect(await change(id, 'refund', { request_id, amount_usd: 0.400000001 })).toMatchObject(refusedFor('amount_usd'));
    expect(await change(id, 'refund', { request_id })).toMatchObject([201, { amount_usd: 0.4, balance_usd: 1 }]);
    for (const body of [{ request_id }, { request_id, amount_usd: 0.1 }])
      expect(await change(id, 'refund', body)).toMatchObject(refusedFor('request_id'));
    expect(await wallet(id)).toMatchObject({ balance_usd: 1 });
  });

  it('gives back all of it at once, and once only under any number of tries', async () => {
    const id = await makePrepaid(ringside, 'refunded at once', 1);
    const request_id = await paid(id, '0.6');
    const tries = await Promise.all(
      Array.from({ length: 16 }, () => change(id, 'refund', { request_id, amount_usd: null })),
    );
    expect(tries.filter(([status]) => status === 201)).toHaveLength(1);
    expect(tries.filter(([status]) => status === 400)).toHaveLength(15);
    expect(await wallet(id)).toMatchObject({ balance_usd: 1 });
  });

  it('is refused for a call that the wallet did not pay: another’s, an unknown, a failed one', async () => {
    const id = await makePrepaid(ringside, 'not refunded', 1);
    const others = await paid(await makePrepaid(ringside, 'somebody else', 1), '0.5');
    ringside.upstream.replyOnce(json({ error: { message: 'no', type: 'server_error', code: null } }, { status: 500 }));
    const failed = (await answered(ringside.chat({ user: id }, { 'X-FC-Billable-Amount': '0.5' }))).headers.get(
      'x-request-id',
    );
    const free = (await answered(ringside.chat({ user: 'without a wallet' }))).headers.get('x-request-id');
    const before = await ringside.gateway.app.get(EventStore).head();
    for (const request_id of [others, failed, free, `req_${'0'.repeat(24)}`]) {
      expect([request_id, ...(await change(id, 'refund', { request_id }))]).toMatchObject([
        request_id,
        ...refusedFor('request_id'),
      ]);
    }
    expect(await ringside.gateway.app.get(EventStore).head()).toBe(before);
  });
});

describe('what is refused', () => {
  const text = (length: number) => 'x'.repeat(length);
  it.each<['topup' | 'adjust' | 'refund', string, string]>([
    ...(['topup', 'adjust'] as const).flatMap((way) =>
      [
        ['{}', 'amount_usd'],
        ['{"amount_usd":null}', 'amount_usd'],
        ['{"amount_usd":"5"}', 'amount_usd'],
        ['{"amount_usd":1e400}', 'amount_usd'],
        ['{"amount_usd":0.1234567891}', 'amount_usd'],
        ['{"amount_usd":true}', 'amount_usd'],
        ['{"amount_usd":[1]}', 'amount_usd'],
        ['{"amount":5}', 'amount'],
        ['{"amount_usd":5,"note":""}', 'note'],
        ['{"amount_usd":5,"note":7}', 'note'],
        [`{"amount_usd":5,"note":"${text(2000)}"}`, 'note'],
        ['{"amount_usd":5,"currency":"EUR"}', 'currency'],
      ].map(([body, param]): ['topup' | 'adjust', string, string] => [way, body!, param!]),
    ),
    ['topup', '{"amount_usd":0}', 'amount_usd'],
    ['topup', '{"amount_usd":-5}', 'amount_usd'],
    ['adjust', '{"amount_usd":-1000}', 'amount_usd'],
    ['refund', '{}', 'request_id'],
    ['refund', '{"request_id":7}', 'request_id'],
    ['refund', '{"request_id":"req_1"}', 'request_id'],
    ['refund', `{"request_id":"req_${'0'.repeat(24)}","amount_usd":-1}`, 'amount_usd'],
    ['refund', `{"request_id":"req_${'0'.repeat(24)}","amount_usd":0}`, 'amount_usd'],
    ['refund', `{"request_id":"req_${'0'.repeat(24)}","amount_usd":"1"}`, 'amount_usd'],
    ['refund', `{"request_id":"req_${'0'.repeat(24)}","reason":"x"}`, 'reason'],
  ])('%s %.60s: 400 names the field and nothing is written', async (way, body, param) => {
    const { data } = await ringside.get('/v1/customers?external_id=table');
    const id = data[0]?.id ?? (await makePrepaid(ringside, 'table', 1));
    const before = await ringside.gateway.app.get(EventStore).head();
    expect(await change(id, way, body)).toMatchObject(refusedFor(param));
    expect(await ringside.gateway.app.get(EventStore).head()).toBe(before);
    expect(await wallet(id)).toMatchObject({ balance_usd: 1 });
  });

  it('is anything for an unknown customer, and all but a top-up for one without a wallet', async () => {
    const { id } = await makeCustomer(ringside, 'never topped up');
    const before = await ringside.gateway.app.get(EventStore).head();
    const request_id = `req_${'0'.repeat(24)}`;
    for (const [way, body] of [
      ['topup', { amount_usd: 1 }],
      ['adjust', { amount_usd: 1 }],
      ['refund', { request_id }],
    ] as const) {
      for (const nobody of ['nobody', `cust_${'0'.repeat(24)}`]) {
        expect(await change(nobody, way, body)).toMatchObject([404, { error: { code: 'customer_not_found' } }]);
      }
    }
    expect(await change(id, 'adjust', { amount_usd: 1 })).toMatchObject([404, { error: { code: 'not_found' } }]);
    expect(await change(id, 'refund', { request_id })).toMatchObject(refusedFor('request_id'));
    expect(await ringside.gateway.app.get(EventStore).head()).toBe(before);
  });
});
