import { jest } from '@jest/globals';
import type { RateLimitExceeded } from '../../../src/domain/events/index.js';
import { Journal } from '../../../src/ledger/journal/journal.js';
import { EventStore } from '../../../src/ledger/journal/event-store.js';
import { RateLimitEventWriter } from '../../../src/ledger/customers/rate-limit-event-writer.js';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { Ringside } from '../../support/ringside.js';
import { completion, cut, echo, json, silence, streamOf } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';
import { SettableClock } from '../../support/settable-clock.js';

const ADMIN_TOKEN = 'operator-in-tests';
const clock = new SettableClock();
let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ clock, env: { RINGSIDE_ADMIN_TOKEN: ADMIN_TOKEN } });
});
afterEach(async () => {
  await setAccount({ rate_limit_rpm: null, rate_limit_tpm: null });
  // Whatever a test used up is there again.
  clock.advance(3_600_000);
  await written();
  await expectClosedBooks(ringside);
});
afterAll(() => ringside.stop());

const written = (on = ringside) => on.gateway.app.get(RateLimitEventWriter).written();

let made = 0;

/** A new customer with these limits; its external id. */
async function customer(limits: { rate_limit_rpm?: number; rate_limit_tpm?: number }): Promise<string> {
  const external_id = `limited-${++made}`;
  expect((await ringside.fetch('/v1/customers', { body: { external_id, ...limits } })).status).toBe(201);
  return external_id;
}

async function patch(user: string, limits: object): Promise<void> {
  expect((await ringside.fetch(`/v1/customers/${user}`, { method: 'PATCH', body: limits })).status).toBe(200);
}

async function setAccount(limits: object): Promise<void> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const accounts = await (await ringside.fetch('/admin/ringside/accounts', { headers })).json();
  const { id } = (accounts as { data: { id: string }[] }).data[0]!;
  const answer = await ringside.fetch(`/admin/ringside/accounts/${id}`, { method: 'PATCH', body: limits, headers });
  expect([answer.status, await answer.json()]).toMatchObject([200, limits]);
}

const KINDS = ['limit', 'remaining', 'reset'].flatMap((part) =>
  ['requests', 'tokens'].map((kind) => `${part}-${kind}`),
);

/** The rate limit headers of an answer, without their common beginning. */
function limitsIn({ headers }: { readonly headers: Headers }): Record<string, string> {
  const all = KINDS.map((name) => [name, headers.get(`x-ratelimit-${name}`)] as const);
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

async function facts(): Promise<RateLimitExceeded[]> {
  await written();
  const found: RateLimitExceeded[] = [];
  const { app } = ringside.gateway;
  for await (const stored of app.get(EventStore).readAll(0)) {
    const event = await app.get(Journal).decode(stored);
    if (event.type === 'RateLimitExceeded') found.push(event);
  }
  return found;
}

/** Sixty-four calls at one moment, half of them streams, whose answers wait until every one that can be refused is. */
async function burst(refusals: number, call: (index: number) => Promise<Response>) {
  const before = ringside.upstream.count;
  const gate = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<void>();
  let stillToRefuse = refusals;
  ringside.upstream.reply(async (request, response, upstream) => {
    await gate.promise;
    return echo()(request, response, upstream);
  });
  const calls = Array.from({ length: 64 }, async (_, index) => {
    const answer = await answered(call(index));
    if (answer.status === 429 && --stillToRefuse === 0) refused.resolve();
    return answer;
  });
  await refused.promise;
  gate.resolve();
  const answers = await Promise.all(calls);
  ringside.upstream.reply(echo());
  const statuses = answers.map(({ status }) => status);
  return {
    answers,
    admitted: statuses.filter((status) => status === 200).length,
    refused: statuses.filter((status) => status === 429).length,
    sent: ringside.upstream.count - before,
  };
}

describe('the headers of limits', () => {
  it.each<[string, string, object]>([
    ['a chat call', '/v1/chat/completions', { model: 'fc:sandbox/echo', messages: [{ role: 'user', content: 'Hi' }] }],
    [
      'a stream',
      '/v1/chat/completions',
      { model: 'fc:sandbox/echo', stream: true, messages: [{ role: 'user', content: 'Hi' }] },
    ],
    ['embeddings', '/v1/embeddings', { model: 'fc:sandbox/embed', input: 'Hi' }],
  ])('C7 come with %s of a caller who has a limit, and with no other', async (_, path, body) => {
    const limited = await answered(
      ringside.fetch(path, { body: { ...body, user: await customer({ rate_limit_rpm: 10 }) } }),
    );
    expect([limited.status, limitsIn(limited)]).toMatchObject([
      200,
      { 'limit-requests': '10', 'remaining-requests': '9' },
    ]);
    const free = await answered(ringside.fetch(path, { body: { ...body, user: await customer({}) } }));
    expect([free.status, limitsIn(free)]).toEqual([200, {}]);
  });
});

describe('limits under a burst', () => {
  it('a limit of requests admits exactly as many of 64 parallel calls, streams and JSON mixed', async () => {
    const user = await customer({ rate_limit_rpm: 10 });
    const { answers, ...counted } = await burst(54, (index) => ringside.chat({ user, stream: index % 2 === 0 }));
    expect(counted).toEqual({ admitted: 10, refused: 54, sent: 10 });
    for (const answer of answers.filter(({ status }) => status === 429)) {
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect([answer.headers.get('retry-after'), answer.headers.get('retry-after-ms')]).toEqual(['6', '6000']);
      expect(answer.headers.get('x-should-retry')).toBeNull();
      expect(limitsIn(answer)).toMatchObject({
        'limit-requests': '10',
        'remaining-requests': '0',
        'reset-requests': '1m0s',
      });
      expect(JSON.parse(answer.text)).toEqual({
        error: {
          message: "the customer's limit of 10 requests per minute (rate_limit_rpm) is reached; try again in 6s",
          type: 'rate_limit_error',
          code: 'rate_limited',
          param: null,
        },
      });
    }
  });

  it('R6 a token-per-minute limit holds under a burst: admitted estimates stay within it, and what was not used is given back', async () => {
    const user = await customer({ rate_limit_tpm: 1000 });
    // "Hi" is a token by its size, and the answer may have a hundred.
    const { answers: _, ...counted } = await burst(55, (index) =>
      ringside.chat({ user, max_tokens: 100, stream: index % 2 === 0 }),
    );
    expect(counted).toEqual({ admitted: 9, refused: 55, sent: 9 });
    // Each used one token of prompt and one of answer; the next call is estimated at 101.
    const next = await answered(ringside.chat({ user, max_tokens: 100 }));
    expect(limitsIn(next)).toEqual({
      'limit-tokens': '1000',
      'remaining-tokens': String(1000 - 9 * 2 - 101),
      'reset-tokens': '7.14s',
    });
  });

  it('what a call used over its estimate is charged, so that the limit holds in the long run', async () => {
    const user = await customer({ rate_limit_tpm: 1000 });
    ringside.upstream.replyOnce(json(completion({ usage: usageOf(900, 1100) })));
    expect((await answered(ringside.chat({ user, max_tokens: 9 }))).status).toBe(200);
    const refused = await answered(ringside.chat({ user, max_tokens: 9 }));
    expect([refused.status, refused.headers.get('retry-after-ms')]).toEqual([429, '60600']);
  });

  it('the account’s limits hold over its customers, and no rule is charged where another refuses', async () => {
    await setAccount({ rate_limit_rpm: 3 });
    const [ada, bob] = [await customer({ rate_limit_rpm: 2 }), await customer({})];
    const statuses = [];
    for (const user of [ada, ada, ada, bob, bob]) statuses.push((await answered(ringside.chat({ user }))).status);
    expect(statuses).toEqual([200, 200, 429, 200, 429]);
    expect((await answered(ringside.chat())).text).toContain(
      "the account's limit of 3 requests per minute (rate_limit_rpm) is reached",
    );
  });
});

describe('R8 refused requests consume no rate limit', () => {
  it('R8 refused requests consume no rate limit: a hundred calls answered 400, 401, 404 or 429 leave what remains unchanged', async () => {
    await setAccount({ rate_limit_rpm: 3, rate_limit_tpm: 10_000 });
    const limited = await customer({ rate_limit_rpm: 1 });
    const good = (user = limited) => answered(ringside.chat({ user, max_tokens: 99 }));
    const first = await good();
    const left = {
      'limit-tokens': '10000',
      'remaining-tokens': '9998',
      'limit-requests': '3',
      'remaining-requests': '2',
    };
    expect([first.status, limitsIn(first)['remaining-tokens']]).toEqual([200, '9900']);
    const model = 'fc:openai/gpt-4o-mini';
    const upstreamError = (status: number) => json({ error: { message: 'no', type: 'x', code: null } }, { status });
    const refusals: [number, () => Promise<Response>][] = [
      [400, () => ringside.chat({ model: 'gpt-4o' })],
      [400, () => ringside.chat({ model, user: 'a' }, { 'FC-Customer': 'b' })],
      [400, () => (ringside.upstream.replyOnce(upstreamError(400)), ringside.chat({ user: 'somebody' }))],
      [401, () => ringside.chat({}, { authorization: 'Bearer ko_nobody' })],
      [404, () => ringside.chat({ user: `cust_${'0'.repeat(24)}` })],
      [429, () => ringside.chat({ user: limited })],
      [429, () => (ringside.upstream.replyOnce(upstreamError(429)), ringside.chat({ user: 'somebody', stream: true }))],
    ];
    for (let round = 0; round < 15; round++) {
      for (const [status, refused] of refusals) {
        const answer = await answered(refused());
        expect(answer.status).toBe(status);
        const shown = limitsIn(answer);
        if (status === 401) expect(shown).toEqual({});
        else
          expect(shown).toMatchObject(
            status === 429 && answer.text.includes('rate_limited') ? { 'remaining-requests': '0' } : left,
          );
      }
    }
    for (const status of [200, 200, 429]) expect((await good('somebody')).status).toBe(status);
  });

  it('R8 refused requests consume no rate limit: calls answered 402 leave what remains unchanged', async () => {
    const poor = await Ringside.start({
      clock,
      upstream: ringside.upstream,
      env: { RINGSIDE_DEFAULT_CUSTOMER_BUDGET_USD: '0.000000001' },
    });
    try {
      expect(
        (await poor.fetch('/v1/customers', { body: { external_id: 'poor', rate_limit_rpm: 5, rate_limit_tpm: 5000 } }))
          .status,
      ).toBe(201);
      for (let i = 0; i < 20; i++) {
        const answer = await answered(poor.chat({ user: 'poor' }));
        expect([answer.status, limitsIn(answer)]).toMatchObject([
          402,
          { 'remaining-requests': '5', 'remaining-tokens': '5000' },
        ]);
      }
    } finally {
      await poor.gateway.stop();
    }
  });
});

describe('what a call that ends otherwise took', () => {
  it('a failed, cut or abandoned call keeps its request and only the tokens that were used', async () => {
    const user = await customer({ rate_limit_rpm: 10, rate_limit_tpm: 10_000 });
    const left = async () => {
      const { 'remaining-requests': requests, 'remaining-tokens': tokens } = limitsIn(
        await answered(ringside.chat({ user, max_tokens: 100 })),
      );
      return [Number(requests), Number(tokens)];
    };
    expect(await left()).toEqual([9, 9899]);
    // From here on each call before has settled at the two tokens it used.
    ringside.upstream.replyOnce(
      json({ error: { message: 'down', type: 'server_error', code: null } }, { status: 500 }),
    );
    expect((await answered(ringside.chat({ user }))).status).toBe(503);
    expect(await left()).toEqual([7, 9899 - 2 + 0]);
    ringside.upstream.replyOnce(cut(streamOf(['four']).slice(0, 2)));
    expect((await answered(ringside.chat({ user, stream: true }))).text).toContain('upstream_unavailable');
    const [requests, tokens] = await left();
    const cutUsage = (await usageIn(ringside)).find(
      ({ data }) => data.outcome === 'failed' && data.stream && data.tokens.output > 0,
    )!.data.tokens;
    expect([requests, tokens]).toEqual([5, 9897 - 2 - cutUsage.input - cutUsage.output]);
    const leaving = new AbortController();
    ringside.upstream.replyOnce(silence());
    const arrived = ringside.upstream.arrived();
    const call = ringside.fetch('/v1/chat/completions', {
      body: { model: 'fc:openai/gpt-4o-mini', user, messages: [{ role: 'user', content: 'Hi' }] },
      signal: leaving.signal,
    });
    await arrived;
    leaving.abort();
    await expect(call).rejects.toThrow();
    const aborted = await abortedUsage();
    expect(await left()).toEqual([3, tokens! - 2 - aborted.input - aborted.output]);
  });
});

/** The tokens of the call whose caller left, once it is booked. */
async function abortedUsage() {
  for (;;) {
    const found = (await usageIn(ringside)).find(({ data }) => data.outcome === 'aborted');
    if (found) return found.data.tokens;
  }
}

describe('limits in headers', () => {
  it('stand on every answer to a customer that has one, and on no other', async () => {
    const user = await customer({ rate_limit_rpm: 5, rate_limit_tpm: 60_000 });
    for (const mode of [{ stream: true }, { stream: false }, { model: 'fc:sandbox/status-500' }]) {
      expect(Object.keys(limitsIn(await answered(ringside.chat({ user, ...mode }))))).toHaveLength(6);
    }
    expect(limitsIn(await answered(ringside.chat({ user: 'anybody-else' })))).toEqual({});
    expect(limitsIn(await answered(ringside.chat()))).toEqual({});
  });

  it('show the account’s limits also to calls that are refused before their customer is known', async () => {
    await setAccount({ rate_limit_rpm: 5 });
    const answer = await answered(ringside.chat({ model: 'nothing' }));
    expect([answer.status, limitsIn(answer)]).toEqual([
      400,
      { 'limit-requests': '5', 'remaining-requests': '5', 'reset-requests': '0s' },
    ]);
  });
});

describe('limits that change', () => {
  it('rule the very next call, raised, lowered and cleared', async () => {
    const user = await customer({ rate_limit_rpm: 1 });
    const status = async () => (await answered(ringside.chat({ user }))).status;
    expect([await status(), await status()]).toEqual([200, 429]);
    await patch(user, { rate_limit_rpm: 2 });
    expect([await status(), await status()]).toEqual([200, 429]);
    await patch(user, { rate_limit_rpm: null });
    expect([await status(), await status()]).toEqual([200, 200]);
    await patch(user, { rate_limit_tpm: 1 });
    expect([await status(), await status()]).toEqual([200, 429]);
    clock.advance(60_000 * 2);
    expect(await status()).toBe(200);
  });

  it('rule the calls of a customer that was known without limits', async () => {
    expect((await answered(ringside.chat({ user: 'later-limited' }))).status).toBe(200);
    await patch('later-limited', { rate_limit_rpm: 1 });
    expect((await answered(ringside.chat({ user: 'later-limited' }))).status).toBe(200);
    expect((await answered(ringside.chat({ user: 'later-limited' }))).status).toBe(429);
  });
});

describe('the book', () => {
  it('R37 a crossing notifies once per customer and period: 64 refusals are one fact a minute, over two gateways', async () => {
    const user = await customer({ rate_limit_rpm: 1 });
    const other = await Ringside.start({ dir: ringside.dir, clock, upstream: ringside.upstream });
    const id = (await ringside.get<{ id: string }>(`/v1/customers/${user}`)).id;
    const ofUser = async () => (await facts()).filter((fact) => fact.customer === id);
    try {
      for (let minute = 1; minute <= 2; minute++) {
        const both = [ringside, other];
        const calls = Array.from({ length: 64 }, (_, index) => answered(both[index % 2]!.chat({ user })));
        const statuses = (await Promise.all(calls)).map(({ status }) => status);
        // Each process counts its own calls.
        expect(statuses.filter((status) => status === 200)).toHaveLength(2);
        await written(other);
        expect((await ofUser()).map(({ data }) => data)).toEqual(
          Array.from({ length: minute }, () => ({ limit: 'customer_rpm', perMinute: 1 })),
        );
        clock.advance(60_000);
      }
    } finally {
      await other.gateway.stop();
    }
    expect(await ringside.get(`/v1/customers/${user}`)).toMatchObject({ external_id: user, rate_limit_rpm: 1 });
  });
});

describe('R35 the stock SDKs call once on a refusal', () => {
  it('R35 the stock SDKs call once on a refusal: on 429 they wait what Retry-After says', async () => {
    const user = await customer({ rate_limit_rpm: 120 });
    await Promise.all(Array.from({ length: 120 }, () => answered(ringside.chat({ user, model: 'fc:sandbox/echo' }))));
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const waits: string[] = [];
    const openai = ringside.openai({
      maxRetries: 2,
      fetch: async (...request) => {
        const response = await fetch(...request);
        const waitMs = response.headers.get('retry-after-ms');
        if (waitMs !== null) {
          waits.push(waitMs);
          // Time passes while the client waits, and not a millisecond more than it was told.
          clock.advance(Number(waitMs));
        }
        return response;
      },
    });
    try {
      const answer = await openai.chat.completions.create({
        model: 'fc:sandbox/echo',
        user,
        messages: [{ role: 'user', content: 'Hi' }],
      });
      expect(answer.choices[0]!.message.content).toBe('Hi');
      expect(waits).toEqual(['500']);
      expect(timers.mock.calls.map(([, ms]) => ms)).toContain(500);
    } finally {
      timers.mockRestore();
    }
  });
});

it('a call beyond its rate limit has no schema compiled, and one whose schema is none takes nothing from the limit', async () => {
  const user = await customer({ rate_limit_rpm: 1 });
  const response_format = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'no type' } } };
  const refused = await answered(ringside.chat({ user, response_format }));
  expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { error: { code: 'invalid_schema' } }]);
  ringside.upstream.replyOnce(json(completion({})));
  expect((await ringside.chat({ user })).status).toBe(200);
  const limited = await answered(ringside.chat({ user, response_format }));
  expect([limited.status, JSON.parse(limited.text)]).toMatchObject([429, { error: { code: 'rate_limited' } }]);
});
