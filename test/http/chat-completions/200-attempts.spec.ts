import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { bytes, cut, DONE, echo, event, json, type Script, streamOf } from '../../support/scripted-upstream.js';
import { SettableClock } from '../../support/settable-clock.js';
import { SseAnswer } from '../../support/sse-answer.js';

// Answers are what a test expects them to be.
// oxlint-disable-next-line typescript/no-explicit-any
const jsonOf = async (response: Response): Promise<any> => response.json();

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_UPSTREAM_RETRIES: '2' } });
});
afterEach(async () => {
  ringside.upstream.reply(echo());
  await expectClosedBooks(ringside);
});
afterAll(() => ringside.stop());

/** Fails at once, and asks to be tried again at once. */
const failing = (status: number, headers: Record<string, string> = { 'retry-after-ms': '1' }): Script =>
  json({ error: { message: `no: ${status}`, type: 'server_error', code: null } }, { status, headers });

const attemptsOf = async (response: Response) => {
  const usage = await eventsOf(ringside, 'UsageRecorded');
  return usage
    .filter(({ requestId }) => requestId === response.headers.get('x-request-id'))
    .map(({ data: { attempt, outcome, status, refUsed } }) => [attempt, outcome, status, refUsed]);
};
const tried = ({ headers }: Response) => [
  headers.get('x-ringside-model-used'),
  headers.get('x-ringside-models-tried'),
  headers.get('x-ringside-fallback-triggered'),
];
const MINI = 'fc:openai/gpt-4o-mini';
const LLAMA = 'fc:ollama/llama3.2';

describe('one model', () => {
  it('H6 is asked once where its refusal repeats a name of the caller, streamed or not', async () => {
    const function_ = {
      name: 'set_rate_limit',
      parameters: { type: 'object', properties: { throttle: { type: 'odd' } } },
    };
    const refusals = [
      {
        message: "Invalid schema for function 'set_rate_limit': In context=('properties', 'throttle')",
        type: 'invalid_request_error',
      },
      {
        message: 'tool call validation failed: parameters for tool set_rate_limit did not match schema',
        code: 'tool_use_failed',
      },
    ];
    const called = { tools: [{ type: 'function', function: function_ }] };
    for (const error of refusals)
      for (const script of [json({ error }, { status: 400 }), json({ error }), bytes([event({ error }), DONE])]) {
        const before = ringside.upstream.count;
        ringside.upstream.reply(script);
        const response = await ringside.chat({ ...called, stream: true });
        expect([response.status, response.headers.get('x-should-retry'), (await jsonOf(response)).error.code]).toEqual([
          400,
          'false',
          'upstream_invalid_request',
        ]);
        expect(ringside.upstream.count - before).toBe(1);
      }
  });

  it('is tried again until it answers, each attempt in the book and the request counted once', async () => {
    const customer = (await makeCustomer(ringside, 'retried', { monthly_budget_usd: 1 })).id;
    ringside.upstream.replyOnce(failing(500), failing(429));
    const before = ringside.upstream.count;
    const response = await ringside.chat({ user: customer }, { 'X-FC-Billable-Amount': '0.05' });
    expect(response.status).toBe(200);
    expect(ringside.upstream.count - before).toBe(3);
    expect(tried(response)).toEqual([MINI, MINI, 'false']);
    expect(await attemptsOf(response)).toEqual([
      [1, 'failed', 503, MINI],
      [2, 'failed', 429, MINI],
      [3, 'completed', 200, MINI],
    ]);
    const row = await ringside.get(`/v1/requests/${response.headers.get('x-request-id')}`);
    expect(row).toMatchObject({
      attempts: 3,
      status: 200,
      outcome: 'completed',
      billable_usd: 0.05,
      models_tried: [MINI],
    });
    const usage = await ringside.get(`/v1/customers/${customer}/usage`);
    expect(usage.total).toMatchObject({ requests: 1, failed_requests: 0, billable_usd: 0.05 });
    expect(await ringside.get(`/v1/customers/${customer}`)).toMatchObject({
      held_usd: 0,
      spend_usd_mtd: usage.total_cost_usd,
    });
  });

  it('is waited for, which is no time spent in Ringside', async () => {
    ringside.upstream.replyOnce(failing(500, { 'retry-after-ms': '200' }));
    const response = await ringside.chat();
    const { latencyMs, overheadMs } = (await eventsOf(ringside, 'UsageRecorded')).at(-1)!.data;
    // A timer may fire a millisecond early.
    expect(overheadMs).toBeLessThanOrEqual(latencyMs - 199);
    expect(Number(response.headers.get('x-ringside-overhead-ms'))).toBeLessThanOrEqual(latencyMs - 199);
  });

  it('fails when all its attempts have, with the last error, as one failed request', async () => {
    const customer = (await makeCustomer(ringside, 'failed', { monthly_budget_usd: 1 })).id;
    ringside.upstream.reply(failing(503));
    const response = await ringside.chat({ user: customer });
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([503, 'upstream_unavailable']);
    expect(tried(response)).toEqual([null, MINI, 'false']);
    expect((await attemptsOf(response)).length).toBe(3);
    const { total } = await ringside.get(`/v1/customers/${customer}/usage`);
    expect(total).toMatchObject({ requests: 1, failed_requests: 1, cost_usd: 0 });
  });

  it.each<[string, Script, number]>([
    ['refuses the request', failing(400), 400],
    ['refuses the key', failing(401), 502],
    ['asks for more than ten seconds', failing(429, { 'retry-after': '11' }), 429],
    ['asks for days', failing(429, { 'retry-after': '259200' }), 429],
    ['wants money', failing(402), 429],
  ])('is not tried again when it %s', async (_, script, status) => {
    ringside.upstream.reply(script);
    const before = ringside.upstream.count;
    const response = await ringside.chat();
    expect([response.status, ringside.upstream.count - before]).toEqual([status, 1]);
  });

  it('hands a long wait to the caller', async () => {
    ringside.upstream.reply(failing(503, { 'retry-after': '3600' }));
    expect((await ringside.chat()).headers.get('retry-after')).toBe('3600');
  });

  it('is tried again for a stream that has not begun, and not for one that has', async () => {
    ringside.upstream.replyOnce(failing(500), cut([]));
    const answer = new SseAnswer(await ringside.chat({ stream: true }));
    expect(await answer.rest()).toMatch(/data: \[DONE\]\n\n$/);
    const before = ringside.upstream.count;
    ringside.upstream.reply(cut(streamOf(['One', ', two']).slice(0, 3)));
    const begun = new SseAnswer(await ringside.chat({ stream: true }));
    expect(await begun.rest()).toMatch(/upstream_unavailable[^\n]*\n\n$/);
    expect(ringside.upstream.count - before).toBe(1);
  });

  it('is not tried again for a caller who left while it waited, which is how the call ends', async () => {
    const leaving = new AbortController();
    ringside.upstream.replyOnce((request, response, upstream) => {
      void failing(500, { 'retry-after': '9' })(request, response, upstream);
      response.once('finish', () => leaving.abort());
    });
    const before = (await eventsOf(ringside, 'UsageRecorded')).length;
    const body = { model: MINI, messages: [{ role: 'user', content: 'Hi' }] };
    await ringside.fetch('/v1/chat/completions', { body, signal: leaving.signal }).catch(() => undefined);
    let usage = await eventsOf(ringside, 'UsageRecorded');
    while (usage.length < before + 1 || !usage.at(-1)!.data.final) usage = await eventsOf(ringside, 'UsageRecorded');
    expect(usage.at(-1)!.data).toMatchObject({ outcome: 'aborted', status: 499, costNanoUsd: '0', final: true });
  });

  it('is given up when the money for another attempt is gone, which is how the call ends', async () => {
    const customer = (await makeCustomer(ringside, 'spent-meanwhile', { monthly_budget_usd: 1 })).id;
    ringside.upstream.replyOnce(async (request, response, upstream) => {
      await ringside.fetch(`/v1/customers/${customer}`, { method: 'PATCH', body: { monthly_budget_usd: 0 } });
      await failing(500)(request, response, upstream);
    });
    const response = await ringside.chat({ user: customer });
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([402, 'customer_budget_exceeded']);
    expect(await attemptsOf(response)).toEqual([
      [1, 'failed', 503, MINI],
      [2, 'failed', 402, MINI],
    ]);
    expect((await ringside.get(`/v1/customers/${customer}/usage`)).total).toMatchObject({
      requests: 1,
      failed_requests: 1,
    });
  });
});

describe('a cascade', () => {
  it('goes on to the next model, which serves and is billed', async () => {
    const customer = (await makeCustomer(ringside, 'cascade', { monthly_budget_usd: 1 })).id;
    ringside.upstream.replyOnce(failing(500));
    const response = await ringside.chat({ model: ['fc:openai/gpt-4o', MINI], user: customer });
    expect([response.status, (await jsonOf(response)).model]).toEqual([200, 'gpt-4o-mini-2024-07-18']);
    expect(tried(response)).toEqual([MINI, `fc:openai/gpt-4o,${MINI}`, 'true']);
    const { data } = await ringside.get(`/v1/customers/${customer}/usage?group_by=model`);
    expect(data.filter(({ requests }: { requests: number }) => requests > 0)).toMatchObject([
      { key: MINI, requests: 1 },
    ]);
    const row = await ringside.get(`/v1/requests/${response.headers.get('x-request-id')}`);
    expect(row).toMatchObject({
      model: `fc:openai/gpt-4o,${MINI}`,
      model_used: MINI,
      models_tried: ['fc:openai/gpt-4o', MINI],
    });
  });

  it('is not triggered by an answer', async () => {
    const response = await ringside.chat({ model: [MINI, LLAMA] });
    expect(tried(response)).toEqual([MINI, MINI, 'false']);
  });

  it('of one model is that model, also as a stream', async () => {
    expect((await ringside.chat({ model: [MINI], stream: true })).status).toBe(200);
  });

  it('ends with the last model’s error', async () => {
    ringside.upstream.replyOnce(failing(500), failing(429));
    const response = await ringside.chat({ model: [LLAMA, MINI] });
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([429, 'upstream_quota_exceeded']);
    expect(tried(response)).toEqual([null, `${LLAMA},${MINI}`, 'true']);
  });

  it('ends where a request is refused', async () => {
    ringside.upstream.replyOnce(failing(400));
    const response = await ringside.chat({ model: [LLAMA, MINI] });
    expect([response.status, tried(response)]).toEqual([400, [null, LLAMA, 'false']]);
  });

  it('ends where the next model cannot do what is asked, with nothing held and an end in the book', async () => {
    ringside.upstream.replyOnce(failing(500));
    const response = await ringside.chat({ model: [MINI, LLAMA], n: 2 });
    expect([response.status, (await jsonOf(response)).error.code]).toEqual([400, 'unsupported_parameter']);
    expect(await attemptsOf(response)).toEqual([
      [1, 'failed', 503, MINI],
      [2, 'failed', 400, LLAMA],
    ]);
  });

  it('holds for one model at a time, the one it is at', async () => {
    const customer = (await makeCustomer(ringside, 'held-in-turn', { monthly_budget_usd: 1 })).id;
    ringside.upstream.replyOnce(failing(500));
    await ringside.chat({ model: ['fc:openai/gpt-4o', MINI], user: customer, max_tokens: 100 });
    const held = await eventsOf(ringside, 'UsageHeld', customer);
    expect(held.map(({ data }) => data.refUsed)).toEqual(['fc:openai/gpt-4o', MINI]);
    expect(Number(held[0]!.data.costNanoUsd)).toBeGreaterThan(Number(held[1]!.data.costNanoUsd));
  });
});

describe('a rate limit', () => {
  it('counts a call once, with the tokens of all its attempts', async () => {
    const still = await Ringside.start({ clock: new SettableClock() });
    const response_format = { type: 'json_schema', json_schema: { name: 'one', schema: { type: 'integer' } } };
    const body = {
      model: 'fc:sandbox/bad-json-1',
      messages: [{ role: 'user', content: 'Four' }],
      response_format,
      user: 'limited',
    };
    await makeCustomer(still, 'limited', { rate_limit_rpm: 10, rate_limit_tpm: 100_000 });
    const first = await still.fetch('/v1/chat/completions', { body });
    const usage = (await eventsOf(still, 'UsageRecorded')).map(({ data: { tokens } }) => tokens.input + tokens.output);
    expect([first.status, usage.length]).toEqual([200, 2]);
    const { headers } = await still.fetch('/v1/chat/completions', { body: { ...body, max_tokens: 1 } });
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('8');
    // The second call is taken to need a token of prompt and one of answer.
    expect(Number(headers.get('x-ratelimit-remaining-tokens'))).toBe(100_000 - usage[0]! - usage[1]! - 2);
    await still.stop();
  });
});
