import { eventsIn, eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { atOnce, holdOf, makeCustomer, setCap, usd } from '../../support/limited-customers.js';
import { postChat } from '../../support/plain-client.js';
import { Ringside } from '../../support/ringside.js';
import { completion, echo, json, type Script, silence, streamOf } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';
import { SseAnswer } from '../../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const OUTPUT_TOKENS = 10;
const BODY = { max_tokens: OUTPUT_TOKENS };

/**
 * The hold of such a call by the list price of gpt-4o-mini, 150 and 600 nano-dollars a token: every byte of the prompt
 * (the message's two keys, its role and its text), 20 tokens for what is written around it, the whole answer, and 2 for
 * rounding.
 */
const HOLD = ('role'.length + 'user'.length + 'content'.length + 'Hi'.length + 20) * 150 + OUTPUT_TOKENS * 600 + 2;

/**
 * The hold once the prompt's four strings are counted, a token each. A call goes through when this fits, though the
 * hold by bytes would not.
 */
const COUNTED_HOLD = (4 + 20) * 150 + OUTPUT_TOKENS * 600 + 2;

/** Answers that use most of what was held: 20 tokens in and all that are allowed out. */
const DEAR_USAGE = usageOf(20, OUTPUT_TOKENS);
const DEAR_COST = 20 * 150 + OUTPUT_TOKENS * 600;
const dear: Script = (request, response, upstream) => {
  if (request.body.stream !== true)
    return json(completion({ usage: DEAR_USAGE, no: request.no }))(request, response, upstream);
  upstream.serve(request, DEAR_USAGE);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(streamOf(['Hi'], { usage: DEAR_USAGE }).join(''));
};

const REFUSED = { code: 'customer_budget_exceeded', type: 'billing_error', param: null };

/** Makes calls one after the other until one is refused; how many were not. */
async function untilRefused(call: () => Promise<Response>): Promise<number> {
  ringside.upstream.reply(dear);
  for (let admitted = 0; ; admitted++) {
    const { status } = await answered(call());
    if (status !== 402) expect(status).toBe(200);
    else {
      ringside.upstream.reply(echo());
      return admitted;
    }
  }
}

it('holds what a call can cost at most: the dearest price of every byte of its prompt and of the longest answer', async () => {
  expect(await holdOf(ringside, BODY)).toBe(HOLD);
});

describe('a cap that fits a hundred calls', () => {
  it.each<[string, (index: number) => boolean]>([
    ['JSON', () => false],
    ['streams', () => true],
    ['streams and JSON mixed', (index) => index % 2 === 0],
  ])(
    'admits exactly a hundred of 500 at once, and then what settling gave back: %s',
    async (kind, isStream) => {
      const cap = 100 * HOLD;
      const { id } = await makeCustomer(ringside, `hundred ${kind}`, { monthly_budget_usd: usd(cap) });
      const { counts, refusals } = await atOnce(
        ringside,
        500,
        (i) => ringside.chat({ ...BODY, user: id, stream: isStream(i) }),
        dear,
      );
      expect(counts).toEqual({ admitted: 100, refused: 400, sent: 100 });
      for (const { headers, ...refusal } of refusals) {
        expect(refusal).toMatchObject(REFUSED);
        expect(refusal.message).toContain(
          `0 USD spent and ${usd(cap)} USD held of ${usd(cap)} USD; no max_tokens would fit`,
        );
        expect(headers.get('x-should-retry')).toBe('false');
      }
      expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({
        spend_usd_mtd: usd(100 * DEAR_COST),
        held_usd: 0,
      });

      let calls = 0;
      const more = await untilRefused(() => ringside.chat({ ...BODY, user: id, stream: isStream(++calls) }));
      const spent = (100 + more) * DEAR_COST;
      expect(spent).toBeLessThanOrEqual(cap);
      expect(spent).toBeGreaterThan(cap - HOLD);
      expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({
        spend_usd_mtd: usd(spent),
        held_usd: 0,
        budget_remaining_usd: usd(cap - spent),
      });
      expect(await eventsOf(ringside, 'UsageHeld', id)).toHaveLength(100 + more);
    },
    60_000,
  );

  it('gives back what callers that left half-way did not use', async () => {
    const cap = 100 * HOLD;
    const { id } = await makeCustomer(ringside, 'hundred leaving', { monthly_budget_usd: usd(cap) });
    const leaving = Array.from({ length: 100 }, () => new AbortController());
    const before = ringside.upstream.count;
    const begun = streamOf(['Hi', ' there'], {}).slice(0, 2);
    ringside.upstream.reply((request, ...rest) => silence(request.body.stream ? begun : undefined)(request, ...rest));
    const calls = leaving.map(({ signal }, index) => {
      const body = {
        ...BODY,
        model: 'fc:openai/gpt-4o-mini',
        messages: [{ role: 'user', content: 'Hi' }],
        user: id,
        stream: index % 2 === 0,
      };
      return postChat(ringside, body, { signal });
    });
    await ringside.upstream.arrived(before + 100);
    for (const call of calls.filter((_, index) => index % 2 === 0)) await new SseAnswer(await call).take(2);
    expect((await answered(ringside.chat({ ...BODY, user: id }))).status).toBe(402);
    expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({
      spend_usd_mtd: 0,
      held_usd: usd(cap),
      budget_remaining_usd: 0,
    });
    for (const call of leaving) call.abort();
    await Promise.allSettled(calls);
    await Promise.all(ringside.upstream.requests.slice(before).map(({ closedEarly }) => closedEarly));
    await ended(id, 100);
    const spent = (await eventsOf(ringside, 'UsageRecorded', id)).reduce(
      (sum, { data }) => sum + Number(data.costNanoUsd),
      0,
    );
    expect(spent).toBeGreaterThan(0);
    const more = await untilRefused(() => ringside.chat({ ...BODY, user: id }));
    expect(spent + more * DEAR_COST).toBeLessThanOrEqual(cap);
    expect(spent + more * DEAR_COST).toBeGreaterThan(cap - HOLD);
  }, 60_000);
});

/** Waits until so many calls of a customer are booked. */
async function ended(customer: string, count: number): Promise<void> {
  while ((await eventsOf(ringside, 'UsageRecorded', customer)).length < count);
}

describe('R2 a cap that fits three calls admits exactly three of 64', () => {
  it.each<[string, (index: number) => boolean]>([
    ['JSON', () => false],
    ['streams', () => true],
    ['streams and JSON mixed', (index) => index % 3 === 0],
  ])('R2 a cap that fits three calls admits exactly three of 64 (HTTP): %s', async (kind, isStream) => {
    for (const spare of [0, COUNTED_HOLD - 1]) {
      const cap = 3 * HOLD + spare;
      const { id } = await makeCustomer(ringside, `three ${kind} ${spare}`, { monthly_budget_usd: usd(cap) });
      const { counts } = await atOnce(
        ringside,
        64,
        (i) => ringside.chat({ ...BODY, user: id, stream: isStream(i) }),
        dear,
      );
      expect([spare, counts]).toEqual([spare, { admitted: 3, refused: 61, sent: 3 }]);
      expect(await ringside.get(`/v1/customers/${id}`)).toMatchObject({
        spend_usd_mtd: usd(3 * DEAR_COST),
        held_usd: 0,
      });
    }
  });

  it('R2 a cap that fits three calls admits exactly three of 64 (HTTP): set a moment ago, by another name', async () => {
    const { id } = await makeCustomer(ringside, 'three, later');
    await setCap(ringside, id, 3 * HOLD);
    const { counts } = await atOnce(ringside, 64, () => ringside.chat({ ...BODY, user: 'three, later' }));
    expect(counts).toEqual({ admitted: 3, refused: 61, sent: 3 });
  });
});

/** The events that calls leave. */
const OF_CALLS: ReadonlySet<string> = new Set(['UsageHeld', 'UsageRecorded', 'HoldReleased', 'BudgetThresholdCrossed']);

describe('R1 concurrent first calls of an unknown customer cannot pass its cap', () => {
  it('R1 concurrent first calls of an unknown customer cannot pass its cap (HTTP)', async () => {
    const fresh = await Ringside.start({
      env: { RINGSIDE_DEFAULT_CUSTOMER_BUDGET_USD: ((3 * HOLD) / 1e9).toFixed(9) },
    });
    try {
      const { counts } = await atOnce(
        fresh,
        64,
        (i) => fresh.chat({ ...BODY, user: 'never seen', stream: i % 2 === 0 }),
        dear,
      );
      expect(counts).toEqual({ admitted: 3, refused: 61, sent: 3 });
      const made = (await eventsOf(fresh, 'CustomerCreated')).filter(({ requestId }) => requestId !== undefined);
      expect(made).toHaveLength(1);
      const [{ account, customer: only }] = made as [(typeof made)[number]];
      const all = (await eventsIn(fresh)).filter((one) => one.account === account && OF_CALLS.has(one.type));
      expect(all.map(({ customer }) => customer)).toEqual(all.map(() => only));
      // Three holds, three settlements, and what the first refusal says.
      expect(all).toHaveLength(7);
      await expectClosedBooks(fresh);
    } finally {
      await fresh.stop();
    }
  }, 30_000);
});
