import { usageBooked } from '../../support/booked.js';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { postChat } from '../../support/plain-client.js';
import { Ringside } from '../../support/ringside.js';
import { completion, json, silence, streamOf, type Script } from '../../support/scripted-upstream.js';
import { serving, usageOf } from '../../support/serving.js';
import { SettableClock } from '../../support/settable-clock.js';
import { SseAnswer } from '../../support/sse-answer.js';
import { makePrepaid, transactionsOf } from '../../support/wallets.js';

const clock = new SettableClock();
let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ clock });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const BODY = { max_tokens: 10 };
const USAGE = usageOf(20, 10);
/** 20 tokens at 150 nano-dollars and 10 at 600. */
const COST_USD = 0.000009;
const dear = json(completion({ usage: USAGE }));
const dearStream = serving(USAGE, (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(streamOf(['Hi'], { usage: USAGE }).join(''));
});

/** Makes a call that is answered by a script; what it was answered with, and what its headers say of the wallet. */
async function call(
  user: string,
  script: Script,
  { stream = false, billable, model }: { stream?: boolean; billable?: string; model?: string } = {},
) {
  ringside.upstream.replyOnce(script);
  const headers: Record<string, string> = billable === undefined ? {} : { 'X-FC-Billable-Amount': billable };
  const { status, headers: shown } = await answered(
    ringside.chat({ ...BODY, user, stream, ...(model && { model }) }, headers),
  );
  return [status, shown.get('x-ringside-wallet-deducted'), shown.get('x-ringside-wallet-balance')];
}

describe('a call of a customer with a wallet', () => {
  it('debits its cost, and says so in headers of a JSON answer', async () => {
    const id = await makePrepaid(ringside, 'by cost', 1);
    expect(await call(id, dear)).toEqual([200, '0.000009', '0.999991']);
    expect(await call(id, dear)).toEqual([200, '0.000009', '0.999982']);
    expect(await transactionsOf(ringside, id)).toEqual([
      ['topup', 1, 1],
      ['debit', -COST_USD, 0.999991],
      ['debit', -COST_USD, 0.999982],
    ]);
  });

  it('debits the billable amount where there is one, whatever the call costs', async () => {
    const id = await makePrepaid(ringside, 'by amount', 1);
    expect(await call(id, dear, { billable: '0.25' })).toEqual([200, '0.25', '0.75']);
    expect(await call(id, dear, { billable: '0' })).toEqual([200, '0', '0.75']);
    expect(await call(id, dear, { billable: '0.000000001' })).toEqual([200, '0.000000001', '0.749999999']);
    const { transactions } = await ringside.get(`/v1/customers/${id}/wallet`);
    expect(transactions.data[0]).toEqual({
      id: expect.stringMatching(/^txn_[0-9A-Za-z]{24}$/),
      object: 'wallet_transaction',
      customer_id: id,
      type: 'debit',
      amount_usd: -1e-9,
      balance_usd: 0.749999999,
      request_id: expect.stringMatching(/^req_[0-9A-Za-z]{24}$/),
      note: null,
      created_at: Math.floor(clock.nowMs() / 1000),
    });
  });

  it('debits a stream at its end, without headers, since those have left', async () => {
    const id = await makePrepaid(ringside, 'streams', 1);
    expect(await call(id, dearStream, { stream: true })).toEqual([200, null, null]);
    expect(await call(id, dearStream, { stream: true, billable: '0.5' })).toEqual([200, null, null]);
    expect(await transactionsOf(ringside, id)).toEqual([
      ['topup', 1, 1],
      ['debit', -COST_USD, 0.999991],
      ['debit', -0.5, 0.499991],
    ]);
  });

  it('debits nothing when it failed, billable or not', async () => {
    const id = await makePrepaid(ringside, 'failing', 1);
    const failure = json({ error: { message: 'no', type: 'server_error', code: null } }, { status: 500 });
    for (const billable of ['0.5', undefined]) {
      for (const stream of [false, true]) expect((await call(id, failure, { stream, billable }))[0]).toBe(503);
    }
    expect(await ringside.get(`/v1/customers/${id}/wallet`)).toMatchObject({
      balance_usd: 1,
      held_usd: 0,
      available_usd: 1,
    });
  });

  it('is not shown a wallet without one, and needs none', async () => {
    expect(await call('without', dear, { billable: '5' })).toEqual([200, null, null]);
  });

  it('passes a model without a price where the amount is fixed, and not where its cost is to be paid', async () => {
    const id = await makePrepaid(ringside, 'unpriced', 1);
    expect(await call(id, dear, { model: 'fc:ollama/llama3', billable: '0.1' })).toEqual([200, '0.1', '0.9']);
    const { status, text } = await answered(ringside.chat({ model: 'fc:ollama/llama3', user: id }));
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: { code: 'model_unpriced', param: 'model' } }]);
  });

  it('debits what was generated until its caller left', async () => {
    const id = await makePrepaid(ringside, 'leaving', 1);
    const before = (await usageIn(ringside)).length;
    ringside.upstream.replyOnce(silence(streamOf(['One', ', two']).slice(0, 3)));
    const leaving = new AbortController();
    const body = {
      model: 'fc:openai/gpt-4o-mini',
      messages: [{ role: 'user', content: 'Hi' }],
      user: id,
      stream: true,
    };
    await new SseAnswer(await postChat(ringside, body, { signal: leaving.signal })).take(3);
    leaving.abort();
    const { data } = (await usageBooked(ringside, before + 1)).at(-1)!;
    expect(data).toMatchObject({
      outcome: 'aborted',
      flags: ['estimated'],
      wallet: { debitNanoUsd: data.costNanoUsd },
    });
    expect(Number(data.costNanoUsd)).toBeGreaterThan(0);
    expect(await ringside.get(`/v1/customers/${id}/wallet`)).toMatchObject({
      held_usd: 0,
      balance_usd: (1e9 - Number(data.costNanoUsd)) / 1e9,
    });
  });
});

it('a wallet is carried over the month, with what is held of it', async () => {
  clock.set('2026-11-30T23:59:59Z');
  const id = await makePrepaid(ringside, 'carried', 1);
  expect(await call(id, dear, { billable: '0.25' })).toEqual([200, '0.25', '0.75']);
  const { promise: open, resolve } = Promise.withResolvers<void>();
  const arrived = ringside.upstream.arrived();
  const late = call(id, (...request) => open.then(() => dear(...request)), { billable: '0.5' });
  await arrived;
  clock.set('2026-12-01T00:00:00Z');
  const wallet = () => ringside.get(`/v1/customers/${id}/wallet`);
  expect(await wallet()).toMatchObject({ balance_usd: 0.75, held_usd: 0.5, available_usd: 0.25 });
  expect((await answered(ringside.chat({ user: id }, { 'X-FC-Billable-Amount': '0.250000001' }))).status).toBe(402);
  expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({ wallet_balance_usd: 0.75, spend_usd_mtd: 0 });
  resolve();
  expect(await late).toEqual([200, '0.5', '0.25']);
  expect(await wallet()).toMatchObject({ balance_usd: 0.25, held_usd: 0, available_usd: 0.25 });
  expect(await transactionsOf(ringside, id)).toEqual([
    ['topup', 1, 1],
    ['debit', -0.25, 0.75],
    ['debit', -0.5, 0.25],
  ]);
});
