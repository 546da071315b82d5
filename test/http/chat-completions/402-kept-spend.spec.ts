import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { holdOf, makeCustomer, setCap, usd } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { completion, json, type Script } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';

const BODY = { max_tokens: 10 };
const COST = 20 * 150 + 10 * 600;
const dear = json(completion({ usage: usageOf(20, 10) }));

let ringside: Ringside;
let hold: number;
beforeAll(async () => {
  ringside = await Ringside.start();
  hold = await holdOf(ringside, BODY);
  ringside.upstream.reply(dear);
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const status = async (on: Ringside, user: string, body: object = {}) =>
  (await answered(on.chat({ ...BODY, user, ...body }))).status;

/** A script that answers once it is let go. */
function waiting(): { script: Script; go: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { script: (...request) => promise.then(() => dear(...request)), go: resolve };
}

it.each<[string, Record<string, string>]>([
  ['the same', { RINGSIDE_DEFAULT_CUSTOMER_BUDGET_USD: '5' }],
  [
    'a changed',
    { RINGSIDE_DEFAULT_CUSTOMER_BUDGET_USD: '0.01', RINGSIDE_SANDBOX: 'off', OPENAI_API_KEY: 'sk-another' },
  ],
  ['a partly missing', {}],
])(
  'R15 restart and configuration changes keep spend (HTTP): a start with %s configuration shows what was spent, capped and held before it',
  async (_, env) => {
    const first = await Ringside.start({ env: { RINGSIDE_DEFAULT_CUSTOMER_BUDGET_USD: '5' } });
    const { upstream, dir } = first;
    upstream.reply(dear);
    const { id } = await makeCustomer(first, 'set', { monthly_budget_usd: usd(COST + hold) });
    for (const user of [id, 'by default']) expect(await status(first, user)).toBe(200);
    const { script, go } = waiting();
    upstream.replyOnce(script);
    const [arrived, call] = [upstream.arrived(), status(first, id)];
    await arrived;

    // The next one starts while the first still has a call under way, as when one process takes over from another.
    const second = await Ringside.start({ dir, upstream, env });
    const shown = {
      monthly_budget_usd: usd(COST + hold),
      spend_usd_mtd: usd(COST),
      held_usd: usd(hold),
      budget_remaining_usd: 0,
    };
    expect(await second.get(`/v1/customers/${id}`)).toMatchObject(shown);
    expect(await status(second, id)).toBe(402);
    go();
    expect(await call).toBe(200);
    await first.gateway.stop();

    expect(await second.get(`/v1/customers/${id}`)).toMatchObject({ spend_usd_mtd: usd(2 * COST), held_usd: 0 });
    expect(await second.get('/v1/customers/by%20default')).toMatchObject({
      monthly_budget_usd: 5,
      spend_usd_mtd: usd(COST),
    });
    expect(await status(second, id)).toBe(402);
    await expectClosedBooks(second);
    await second.gateway.stop();

    const third = await Ringside.start({ dir, upstream, env });
    expect(await third.get(`/v1/customers/${id}`)).toMatchObject({
      ...shown,
      spend_usd_mtd: usd(2 * COST),
      held_usd: 0,
      budget_remaining_usd: usd(hold - COST),
    });
    expect([await status(third, id), await status(third, 'by default')]).toEqual([402, 200]);
    await expectClosedBooks(third);
    await third.stop();
  },
  30_000,
);

it('R15 restart and configuration changes keep spend (HTTP): a cap changed by API rules the very next admission', async () => {
  const { id } = await makeCustomer(ringside, 'changing');
  expect(await status(ringside, id)).toBe(200);
  for (const [cap, expected] of [
    [0, 402],
    [COST + hold, 200],
    [2 * COST + 1, 402],
    [null, 200],
    [1, 402],
  ] as const) {
    await setCap(ringside, id, cap);
    expect([cap, await status(ringside, id)]).toEqual([cap, expected]);
  }
});

it('R15 restart and configuration changes keep spend (HTTP): lowering below spent and held refuses new calls and leaves those in flight', async () => {
  const { id } = await makeCustomer(ringside, 'lowered', { monthly_budget_usd: 1 });
  expect(await status(ringside, id)).toBe(200);
  const { script, go } = waiting();
  ringside.upstream.replyOnce(script, script);
  const before = ringside.upstream.count;
  const calls = [status(ringside, id), status(ringside, id)];
  await ringside.upstream.arrived(before + 2);
  await setCap(ringside, id, COST);
  expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({ held_usd: usd(2 * hold), budget_remaining_usd: 0 });
  expect(await status(ringside, id)).toBe(402);
  go();
  expect(await Promise.all(calls)).toEqual([200, 200]);
  expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({
    spend_usd_mtd: usd(3 * COST),
    held_usd: 0,
    budget_remaining_usd: 0,
  });
  // The truth is booked without a flag: nobody used more than was held.
  expect((await eventsOf(ringside, 'UsageRecorded', id)).map(({ data }) => data.flags)).toEqual([[], [], []]);
  expect(await status(ringside, id)).toBe(402);
});

it('R15 restart and configuration changes keep spend (HTTP): a cap set while uncapped calls are under way counts what they cost', async () => {
  const { id } = await makeCustomer(ringside, 'capped late');
  const { script, go } = waiting();
  ringside.upstream.replyOnce(script);
  const [arrived, call] = [ringside.upstream.arrived(), status(ringside, id)];
  await arrived;
  await setCap(ringside, id, hold);
  go();
  expect(await call).toBe(200);
  expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({ spend_usd_mtd: usd(COST), held_usd: 0 });
  expect((await eventsOf(ringside, 'UsageRecorded', id)).map(({ data }) => data.flags)).toEqual([['late']]);
  expect(await status(ringside, id)).toBe(402);
});
