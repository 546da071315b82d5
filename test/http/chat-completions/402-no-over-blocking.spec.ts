import fc from 'fast-check';
import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { makeCustomer, setCap, usd } from '../../support/limited-customers.js';
import { postChat } from '../../support/plain-client.js';
import { Ringside } from '../../support/ringside.js';
import { silence } from '../../support/scripted-upstream.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const DOLLAR = 1_000_000_000;

/** Dear models with list prices in nano-dollars a token, and the field their output limit goes upstream in. */
const DEAR = [
  ['o1', 15_000, 60_000],
  ['gpt-4-turbo', 10_000, 30_000],
  ['gpt-4', 30_000, 60_000],
] as const;

/** The output limit the upstream was last given. */
function limitSeen(): number {
  const { max_tokens, max_completion_tokens } = ringside.upstream.requests.at(-1)!.body;
  return max_completion_tokens ?? max_tokens;
}

it.each(DEAR)(
  'R10 no refusal while spend + open holds + estimate fits the cap (HTTP): a dollar and nothing spent lets a call of %s without max_tokens through, with a limit that binds',
  async (model, input, output) => {
    const { id } = await makeCustomer(ringside, `dollar ${model}`, { monthly_budget_usd: 1 });
    for (const stream of [false, true]) {
      const body = {
        model: `fc:openai/${model}`,
        user: id,
        stream,
        messages: [{ role: 'user', content: 'Why? '.repeat(100) }],
      };
      expect((await answered(ringside.chat(body))).status).toBe(200);
      const { data } = (await eventsOf(ringside, 'UsageHeld', id)).at(-1)!;
      const limit = limitSeen();
      expect(limit).toBeGreaterThanOrEqual(256);
      expect(data.bound!.outputTokens).toBe(limit);
      const dearest = data.bound!.inputTokens * input + limit * output;
      expect(dearest).toBeLessThanOrEqual(Number(data.costNanoUsd));
      expect(Number(data.costNanoUsd)).toBeLessThanOrEqual(DOLLAR);
    }
  },
);

it('R10 no refusal while spend + open holds + estimate fits the cap (HTTP): what would fit is said in the 402, and passes when it is sent', async () => {
  const { id } = await makeCustomer(ringside, 'little is left');
  const chat = (more: object) => answered(ringside.chat({ model: 'fc:openai/o1', user: id, ...more }));
  // Room for a short prompt and less than 256 tokens of answer.
  await setCap(ringside, id, 8_000_000);
  for (const asked of [{}, { max_tokens: 5000 }, { max_completion_tokens: 300 }, { stream: true }]) {
    const { status, text, headers } = await chat(asked);
    expect([status, headers.get('x-should-retry')]).toEqual([402, 'false']);
    const fitting = Number(/max_tokens of (\d+) would fit/.exec(text)![1]);
    expect(fitting).toBeLessThan(256);
    expect((await chat({ max_tokens: fitting + 1 })).status).toBe(402);
    expect((await chat({ ...asked, max_completion_tokens: undefined, max_tokens: fitting })).status).toBe(200);
    expect(limitSeen()).toBe(fitting);
    await setCap(
      ringside,
      id,
      8_000_000 + Math.round((await ringside.get(`/v1/customers/${id}`)).spend_usd_mtd * DOLLAR),
    );
  }
  await setCap(ringside, id, 1);
  expect((await chat({ max_tokens: 1 })).text).toContain('no max_tokens would fit');
});

const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
  fc.constantFrom('日本語'.repeat(20), 'word '.repeat(60), '👩‍🚀'),
);

/** A call, and what its customer's budget has left when it is made. */
const anyCall = fc.record({
  text,
  n: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  max_tokens: fc.option(fc.integer({ min: 1, max: 2000 }), { nil: undefined }),
  stream: fc.boolean(),
  left: fc.integer({ min: 0, max: 3_000_000 }),
});

/** Starts a call that stays under way until it is left. */
async function startSilent(customer: string): Promise<() => Promise<unknown>> {
  ringside.upstream.replyOnce(silence());
  const arrived = ringside.upstream.arrived();
  const leaving = new AbortController();
  const body = {
    model: 'fc:openai/gpt-4o-mini',
    max_tokens: 100,
    user: customer,
    messages: [{ role: 'user', content: 'Wait' }],
  };
  const call = postChat(ringside, body, { signal: leaving.signal });
  await arrived;
  const { closedEarly } = ringside.upstream.requests.at(-1)!;
  return () => {
    leaving.abort();
    return Promise.all([call.catch(() => undefined), closedEarly]);
  };
}

/** A customer with so many calls under way, and what the book says of its money. */
async function busyCustomer(name: string, underWay: number) {
  const { id } = await makeCustomer(ringside, name, { monthly_budget_usd: 1 });
  const leave: (() => Promise<unknown>)[] = [];
  for (let calls = 0; calls < underWay; calls++) leave.push(await startSilent(id));
  const costs = async (type: 'UsageHeld' | 'UsageRecorded') =>
    (await eventsOf(ringside, type, id)).map(({ data }) => Number(data.costNanoUsd));
  const sum = (amounts: number[]) => amounts.reduce((a, b) => a + b, 0);
  const held = sum(await costs('UsageHeld'));
  return {
    id,
    lastHold: async () => (await costs('UsageHeld')).at(-1)!,
    spentAndHeld: async () => held + sum(await costs('UsageRecorded')),
    leave: async () => {
      const booked = (await costs('UsageRecorded')).length + underWay;
      await Promise.all(leave.map((go) => go()));
      while ((await costs('UsageRecorded')).length < booked);
    },
  };
}

it('R10 no refusal while spend + open holds + estimate fits the cap (HTTP): a call is refused if and only if settled + open holds + its own hold are over the cap, to the nano-dollar', async () => {
  let customers = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(2), fc.array(anyCall, { minLength: 1, maxLength: 4 }), async (underWay, calls) => {
      const { id, lastHold, spentAndHeld, leave } = await busyCustomer(`iff-${++customers}`, underWay);
      for (const { text: content, left, ...body } of calls) {
        const chat = () => answered(ringside.chat({ ...body, user: id, messages: [{ role: 'user', content }] }));
        const before = await spentAndHeld();
        await setCap(ringside, id, before + left);
        const first = await chat();
        if (first.status === 402) {
          // What the refusal says the call could cost is over the cap; it passes when the cap is as much, and not at a
          // nano-dollar less.
          const needed = Math.round(Number(/could cost up to ([\d.]+) USD/.exec(first.text)![1]) * DOLLAR);
          expect(needed).toBeGreaterThan(left);
          await setCap(ringside, id, before + needed - 1);
          expect((await chat()).status).toBe(402);
          await setCap(ringside, id, before + needed);
          expect([(await chat()).status, await lastHold()]).toEqual([200, needed]);
        } else {
          expect(first.status).toBe(200);
          expect(await lastHold()).toBeLessThanOrEqual(left);
        }
      }
      await leave();
    }),
    { numRuns: 15 },
  );
}, 60_000);

it('R10 no refusal while spend + open holds + estimate fits the cap (HTTP): everything but inference answers an exhausted customer', async () => {
  const { id } = await makeCustomer(ringside, 'exhausted', { monthly_budget_usd: usd(1) });
  expect((await answered(ringside.chat({ user: id }))).status).toBe(402);
  const paths = ['', '/usage', '/margin', '/wallet'].map((path) => `/v1/customers/${id}${path}`);
  const models = ['/v1/models', '/v1/models/fc:openai/gpt-4o-mini'];
  for (const path of [
    ...paths,
    ...models,
    '/v1/customers',
    '/v1/usage',
    '/v1/margin',
    '/v1/requests',
    '/healthz',
    '/readyz',
  ]) {
    expect([path, (await ringside.fetch(path)).status]).toEqual([path, 200]);
  }
  const patch = { method: 'PATCH', body: { name: 'Still here' } };
  expect((await ringside.fetch(`/v1/customers/${id}`, patch)).status).toBe(200);
  expect((await ringside.fetch(`/v1/customers/${id}/wallet/topup`, { body: { amount_usd: 1 } })).status).toBe(201);
});
