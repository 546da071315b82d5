import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { holdOf, makeCustomer, usd } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { completion, json } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const head = () => ringside.gateway.app.get(EventStore).head();

/** Sends a body; answers are what a test expects them to be. */
// oxlint-disable-next-line typescript/no-explicit-any
async function send(method: string, path: string, body: unknown): Promise<[number, any]> {
  const response = await ringside.fetch(path, { method, body });
  return [response.status, await response.json()];
}

describe('a budget', () => {
  it.each(['monthly_budget_usd', 'budget_usd'])(
    'is set when the customer is made, changed, and cleared by null, as %s',
    async (field) => {
      const name = `set by ${field}`;
      const [status, made] = await send('POST', '/v1/customers', { external_id: name, [field]: 12.5 });
      expect([status, made]).toMatchObject([
        201,
        { monthly_budget_usd: 12.5, budget_remaining_usd: 12.5, spend_usd_mtd: 0, held_usd: 0 },
      ]);
      const patched = async (body: unknown) =>
        (await send('PATCH', `/v1/customers/${made.id}`, body))[1].monthly_budget_usd;
      expect(await patched({ name: 'Only the name' })).toBe(12.5);
      expect(await patched({ [field]: 0.000000001 })).toBe(1e-9);
      expect(await patched({ [field]: 0 })).toBe(0);
      expect(await patched({ [field]: null })).toBeNull();
      expect(await ringside.get(`/v1/customers/${made.id}`)).toMatchObject({ budget_remaining_usd: null });
      expect(await patched({ monthly_budget_usd: 3, budget_usd: 3.0 })).toBe(3);
    },
  );

  it('is exact to the nano-dollar however it is written', async () => {
    const { id } = await makeCustomer(ringside, 'exact');
    for (const text of ['12345678.123456789', '1e-9', '0.10', '999999999999999']) {
      const response = await ringside.fetch(`/v1/customers/${id}`, {
        method: 'PATCH',
        body: `{"monthly_budget_usd":${text}}`,
      });
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringContaining(`"monthly_budget_usd":${plain(text)},`),
      ]);
    }
  });

  it('shows what is spent, held and left while a call is under way, alone and in the list', async () => {
    const hold = await holdOf(ringside, { max_tokens: 10 });
    const { id } = await makeCustomer(ringside, 'shown', { monthly_budget_usd: 1 });
    expect((await ringside.fetch(`/v1/customers/${id}/wallet/topup`, { body: { amount_usd: 2 } })).status).toBe(201);
    const { promise: open, resolve } = Promise.withResolvers<void>();
    const dear = json(completion({ usage: usageOf(20, 10) }));
    ringside.upstream.replyOnce((...request) => open.then(() => dear(...request)));
    const [arrived, call] = [ringside.upstream.arrived(), ringside.chat({ max_tokens: 10, user: id })];
    await arrived;
    const shown = async () => {
      const alone = await ringside.get(`/v1/customers/${id}`);
      expect((await ringside.get('/v1/customers?external_id=shown')).data).toEqual([alone]);
      return alone;
    };
    const budget = { monthly_budget_usd: 1, wallet_balance_usd: 2 };
    expect(await shown()).toMatchObject({
      ...budget,
      spend_usd_mtd: 0,
      held_usd: usd(hold),
      budget_remaining_usd: usd(1e9 - hold),
    });
    resolve();
    expect((await answered(call)).status).toBe(200);
    expect(await shown()).toMatchObject({
      monthly_budget_usd: 1,
      spend_usd_mtd: 0.000009,
      held_usd: 0,
      budget_remaining_usd: 0.999991,
      wallet_balance_usd: 1.999991,
    });
  });

  it('has nothing left, and not less, when it is lowered below what is spent', async () => {
    const { id } = await makeCustomer(ringside, 'lowered', { monthly_budget_usd: 1 });
    expect((await answered(ringside.chat({ user: id }))).status).toBe(200);
    expect((await send('PATCH', `/v1/customers/${id}`, { monthly_budget_usd: 0 }))[1]).toMatchObject({
      budget_remaining_usd: 0,
    });
  });
});

function plain(text: string): string {
  return { '1e-9': '0.000000001', '0.10': '0.1' }[text] ?? text;
}

const HUGE_METADATA = JSON.stringify(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, 'v'])));

describe('what is no budget', () => {
  it.each<[string, string, string]>([
    ['a misspelt name', '"monthly_budget":5', 'monthly_budget'],
    ['another misspelt name', '"monthly_budget_used":5', 'monthly_budget_used'],
    ['a name in another case', '"Monthly_Budget_USD":5', 'Monthly_Budget_USD'],
    ['less than nothing', '"monthly_budget_usd":-1', 'monthly_budget_usd'],
    ['less than nothing by its other name', '"budget_usd":-0.000000001', 'budget_usd'],
    ['not a number', '"monthly_budget_usd":"NaN"', 'monthly_budget_usd'],
    ['a number in quotes', '"monthly_budget_usd":"5"', 'monthly_budget_usd'],
    ['more than there is', '"monthly_budget_usd":1e400', 'monthly_budget_usd'],
    ['sixteen digits before the point', '"monthly_budget_usd":1000000000000000', 'monthly_budget_usd'],
    ['ten decimals', '"monthly_budget_usd":0.1234567891', 'monthly_budget_usd'],
    ['a tenth of a nano-dollar', '"monthly_budget_usd":1e-10', 'monthly_budget_usd'],
    ['true', '"monthly_budget_usd":true', 'monthly_budget_usd'],
    ['a list', '"monthly_budget_usd":[5]', 'monthly_budget_usd'],
    ['an object', '"monthly_budget_usd":{"rawJSON":"5"}', 'monthly_budget_usd'],
    ['two different ones', '"monthly_budget_usd":5,"budget_usd":6', 'budget_usd'],
    ['one and none', '"monthly_budget_usd":5,"budget_usd":null', 'budget_usd'],
    ['one beside a field nobody knows', '"monthly_budget_usd":5,"currency":"EUR"', 'currency'],
    ['one beside too much metadata', `"monthly_budget_usd":5,"metadata":${HUGE_METADATA}`, 'metadata'],
    ['one beside a bad limit', '"monthly_budget_usd":5,"rate_limit_rpm":-1', 'rate_limit_rpm'],
    ['one beside a name of no string', '"monthly_budget_usd":5,"name":7', 'name'],
  ])('R14 a misspelt or invalid budget field is rejected: %s', async (_, fields, param) => {
    if (!(await ringside.get('/v1/customers?external_id=kept')).data[0])
      await makeCustomer(ringside, 'kept', { monthly_budget_usd: 7 });
    const before = await head();
    const refused = [
      400,
      {
        error: {
          code: 'invalid_parameter',
          type: 'invalid_request_error',
          param,
          message: expect.stringContaining(param),
        },
      },
    ];
    expect(await send('POST', '/v1/customers', `{"external_id":"never",${fields}}`)).toMatchObject(refused);
    expect(await send('PATCH', '/v1/customers/kept', `{${fields}}`)).toMatchObject(refused);
    expect(await head()).toBe(before);
    expect(await ringside.get('/v1/customers/kept')).toMatchObject({ name: null, monthly_budget_usd: 7, metadata: {} });
    expect((await ringside.get('/v1/customers?external_id=never')).data).toEqual([]);
  });

  it('R14 a misspelt or invalid budget field is rejected: NaN, which is not JSON, and no object at all', async () => {
    await ringside.fetch('/v1/customers', { body: { external_id: 'kept', monthly_budget_usd: 7 } });
    const before = await head();
    for (const body of [
      '{"monthly_budget_usd":NaN}',
      '{"monthly_budget_usd":.5}',
      '[{"monthly_budget_usd":5}]',
      '5',
      '',
    ]) {
      const answer = await ringside.fetch('/v1/customers/kept', { method: 'PATCH', body });
      expect([body, answer.status, await answer.json()]).toMatchObject([
        body,
        400,
        { error: { code: 'invalid_json' } },
      ]);
    }
    expect(await head()).toBe(before);
  });

  it('R14 a misspelt or invalid budget field is rejected: a taken external id leaves the customer’s budget as it is', async () => {
    await ringside.fetch('/v1/customers', { body: { external_id: 'kept', monthly_budget_usd: 7 } });
    const before = await head();
    expect(await send('POST', '/v1/customers', { external_id: 'kept', monthly_budget_usd: 9 })).toMatchObject([
      409,
      { error: { code: 'external_id_taken' } },
    ]);
    expect([await head(), (await ringside.get('/v1/customers/kept')).monthly_budget_usd]).toEqual([before, 7]);
  });
});
