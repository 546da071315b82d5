import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import { completion, json } from '../../support/scripted-upstream.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const lastUsage = async () => (await usageIn(ringside)).at(-1)!;

describe('POST /v1/chat/completions', () => {
  it('answers with the provider’s own bytes for openai', async () => {
    const body = `{ "odd": "spacing",\n "usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}, ${JSON.stringify(completion({})).slice(1)}`;
    ringside.upstream.replyOnce((request, response, upstream) => {
      upstream.serve(request, { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 });
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
    const response = await ringside.chat();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.text()).toBe(body);
  });

  it('names the request, the reference that served and the time spent here', async () => {
    const { headers } = await ringside.chat();
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9A-Za-z]{24}$/);
    expect(headers.get('x-ringside-model-used')).toBe('fc:openai/gpt-4o-mini');
    expect(Number(headers.get('x-ringside-overhead-ms'))).toBeGreaterThan(0);
    expect((await lastUsage()).requestId).toBe(headers.get('x-request-id'));
  });

  it('passes unknown fields on, and the raw user never', async () => {
    await ringside.chat({ user: 'canary-user', future_field: { a: [1] }, seed: 7 });
    const { body, headers } = ringside.upstream.requests.at(-1)!;
    expect(body).toMatchObject({
      model: 'gpt-4o-mini',
      future_field: { a: [1] },
      seed: 7,
      user: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(JSON.stringify([body, headers])).not.toContain('canary-user');
    expect(headers['authorization']).toBe('Bearer sk-upstream-canary');
    expect(Object.keys(headers).filter((name) => name.startsWith('fc-') || name.startsWith('x-fc-'))).toEqual([]);
  });

  it('books the call under its customer, with its attribution sealed', async () => {
    await ringside.chat(
      { user: 'cus_42' },
      { 'FC-Tag': 'beta', 'FC-Property-Team': 'search', 'FC-Session-Id': 's-1', 'X-FC-Billable-Amount': '0.05' },
    );
    expect(await lastUsage()).toMatchObject({
      customer: expect.stringMatching(/^cust_/),
      data: {
        billableNanoUsd: '50000000',
        refAsked: 'fc:openai/gpt-4o-mini',
        outcome: 'completed',
        stream: false,
        flags: [],
      },
      personal: { tags: ['beta'], properties: { team: 'search' }, sessionId: 's-1' },
    });
  });

  it('books a call without attribution under the account’s pseudo-customer', async () => {
    await ringside.chat();
    const first = await lastUsage();
    await ringside.chat();
    expect((await lastUsage()).customer).toBe(first.customer);
    expect(ringside.upstream.requests.at(-1)!.body.user).toBeUndefined();
  });

  it('takes a customer by id, by ext: and bare, in body or header, as one', async () => {
    await ringside.chat({ user: 'cus_spelt' });
    const { customer } = await lastUsage();
    const spellings: [Record<string, unknown>, Record<string, string>][] = [
      [{ user: customer }, {}],
      [{ user: 'ext:cus_spelt' }, {}],
      [{}, { 'FC-Customer': 'cus_spelt' }],
      [{}, { 'FC-Customer': customer! }],
      [{ user: 'cus_spelt' }, { 'FC-Customer': 'ext:cus_spelt' }],
    ];
    for (const [body, headers] of spellings) {
      expect((await ringside.chat(body, headers)).status).toBe(200);
      expect((await lastUsage()).customer).toBe(customer);
    }
  });

  it('a thousand simultaneous first calls of one new user make one customer', async () => {
    const before = (await usageIn(ringside)).length;
    const calls = await Promise.all(Array.from({ length: 1000 }, () => ringside.chat({ user: 'cus_new' })));
    expect(calls.filter(({ status }) => status !== 200)).toEqual([]);
    const usage = (await usageIn(ringside)).slice(before);
    expect([usage.length, new Set(usage.map(({ customer }) => customer)).size]).toEqual([1000, 1]);
  }, 60_000);

  it('renders ollama in OpenAI’s shape with ids of our own', async () => {
    ringside.upstream.replyOnce(
      json({
        ...completion({ text: 'Hello', usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } }),
        model: 'llama3',
      }),
    );
    const body = (await (await ringside.chat({ model: 'fc:ollama/llama3' })).json()) as { readonly id: string };
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'llama3',
      choices: [{ message: { content: 'Hello' } }],
      usage: { prompt_tokens: 5 },
    });
    expect(body.id).not.toBe('chatcmpl-up1');
    expect((await lastUsage()).data).toMatchObject({ costNanoUsd: null, flags: ['unpriced'] });
  });

  it('reads JSON whatever content type it comes as', async () => {
    const body = JSON.stringify({ model: 'fc:sandbox/echo', messages: [{ role: 'user', content: 'Hi' }] });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8']) {
      expect((await ringside.fetch('/v1/chat/completions', { body, headers: { 'content-type': type } })).status).toBe(
        200,
      );
    }
  });
});

describe('metering', () => {
  const seen = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };

  it('R24 zero usage bills zero and missing usage bills a flagged estimate', async () => {
    ringside.upstream.replyOnce(
      json(completion({ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } })),
    );
    await ringside.chat();
    expect((await lastUsage()).data).toMatchObject({ costNanoUsd: '0', flags: [], outcome: 'completed' });
    for (const usage of [undefined, null, {}, { prompt_tokens: 'many' }]) {
      ringside.upstream.replyOnce(json(completion({ text: 'Hello there', usage })));
      await ringside.chat();
      const { data } = await lastUsage();
      expect(data.flags).toEqual(['estimated']);
      expect(data.tokens.input).toBeGreaterThan(0);
      expect(data.tokens.output).toBe(2);
      expect(BigInt(data.costNanoUsd!)).toBe(BigInt(data.tokens.input * 150 + 2 * 600));
    }
    const total = (await ringside.get('/v1/usage')).total;
    expect(total.estimated_requests).toBe(4);
  });

  it('shows an unknown price as unpriced, never as zero', async () => {
    ringside.upstream.replyOnce(json(completion({ model: 'brand-new-model', usage: seen })));
    await ringside.chat({ model: 'fc:openai/brand-new-model' });
    expect((await lastUsage()).data).toMatchObject({
      costNanoUsd: null,
      flags: ['unpriced'],
      tokens: { input: 10, output: 4 },
    });
  });

  it('prices cached and reasoning tokens inside their totals', async () => {
    const usage = {
      ...seen,
      prompt_tokens: 1000,
      prompt_tokens_details: { cached_tokens: 400 },
      completion_tokens_details: { reasoning_tokens: 3 },
    };
    ringside.upstream.replyOnce(json(completion({ model: 'gpt-4o', usage })));
    await ringside.chat({ model: 'fc:openai/gpt-4o' });
    expect((await lastUsage()).data).toMatchObject({
      costNanoUsd: String(600 * 2500 + 400 * 1250 + 4 * 10_000),
      tokens: { reasoning: 3 },
    });
  });
});
