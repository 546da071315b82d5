import { usageBooked } from '../../support/booked.js';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { vectorOf, vectors } from '../../support/embedding-upstream.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { sendJson } from '../../support/scripted-upstream.js';
import { makePrepaid, transactionsOf } from '../../support/wallets.js';
import { base64Of, type EmbeddingsJson } from '../../upstream/embedding.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
  ringside.upstream.reply(vectors());
});
afterEach(async () => {
  ringside.upstream.reply(vectors());
  await expectClosedBooks(ringside);
});
afterAll(() => ringside.stop(), 15_000);

const SMALL = 'fc:openai/text-embedding-3-small';
const OLLAMA = 'fc:ollama/nomic-embed-text';

async function embed(body: Record<string, unknown>, headers?: Record<string, string>) {
  const response = await ringside.fetch('/v1/embeddings', { body: { model: SMALL, input: 'Hi', ...body }, headers });
  return { response, text: await response.text() };
}

const vectorsIn = (text: string) => (JSON.parse(text) as EmbeddingsJson).data.map(({ embedding }) => embedding);
const inputs = ['one', 'three'];

describe('the official SDK', () => {
  // It asks for base64 unless told otherwise, and decodes whatever comes.
  it.each<[string, string, boolean]>([
    ['the provider’s own base64', SMALL, false],
    ['plain numbers of a server in OpenAI’s place that does not know base64', SMALL, true],
    ['base64 of another provider', OLLAMA, false],
    ['plain numbers of a provider that does not know base64', OLLAMA, true],
  ])('decodes %s', async (_, model, floatsOnly) => {
    ringside.upstream.reply(vectors({ floatsOnly }));
    const answer = await ringside.openai().embeddings.create({ model, input: inputs });
    expect(answer.data.map(({ embedding }) => embedding)).toEqual(inputs.map(vectorOf));
    expect(answer.data.map(({ index, object }) => [index, object])).toEqual([[0, 'embedding'], [1, 'embedding']]); // prettier-ignore
    expect(answer).toMatchObject({
      object: 'list',
      model: model.split('/')[1],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    });
    expect(ringside.upstream.requests.at(-1)!.body).toMatchObject({ encoding_format: 'base64' });
  });

  it.each([SMALL, OLLAMA])('gets numbers when it asks for them: %s', async (model) => {
    const answer = await ringside
      .openai()
      .embeddings.create({ model, input: 'one', encoding_format: 'float', dimensions: 3 });
    expect(answer.data[0]!.embedding).toEqual(vectorOf('one'));
    expect(ringside.upstream.requests.at(-1)!.body).toMatchObject({
      encoding_format: 'float',
      dimensions: 3,
      input: 'one',
    });
  });

  it('has the sandbox, without network or key', async () => {
    const before = ringside.upstream.count;
    const { data, usage } = await ringside
      .openai()
      .embeddings.create({ model: 'fc:sandbox/embed', input: inputs, dimensions: 16 });
    expect(data.map(({ embedding }) => Math.hypot(...embedding))).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]);
    expect([usage.prompt_tokens, ringside.upstream.count]).toEqual([3, before]);
    expect((await usageIn(ringside)).at(-1)!.data).toMatchObject({
      endpoint: 'embeddings',
      flags: ['sandbox'],
      costNanoUsd: '3000',
    });
  });
});

it('numbers come where no encoding is asked for, and the bytes of openai pass untouched', async () => {
  const { response, text } = await embed({ input: inputs });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  expect(vectorsIn(text)).toEqual(inputs.map(vectorOf));
  expect(JSON.parse(text)).toHaveProperty('usage.completion_tokens', 0);
  expect(response.headers.get('x-ringside-model-used')).toBe(SMALL);
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  expect(Number(response.headers.get('x-ringside-overhead-ms'))).toBeGreaterThan(0);
  const { text: base64 } = await embed({ input: inputs, encoding_format: 'base64' });
  expect(vectorsIn(base64)).toEqual(inputs.map((input) => base64Of(vectorOf(input))));
});

it('fields nobody knows pass, and so do token numbers; the customer’s name does not', async () => {
  const input = [[1, 2], [3]];
  ringside.upstream.reply((_, response) =>
    sendJson(response, 200, { object: 'list', data: input.map((_one, index) => ({ index, embedding: [1] })), model: 'm', usage: { prompt_tokens: 0 } }),
  ); // prettier-ignore
  const { response } = await embed({ input, strange: { a: 1 }, user: 'ann', dimensions: null, encoding_format: null });
  expect(response.status).toBe(200);
  const { user, ...sent } = ringside.upstream.requests.at(-1)!.body as { user: string };
  expect(sent).toEqual({ model: 'text-embedding-3-small', input, strange: { a: 1 } });
  expect(user).toMatch(/^[0-9a-f]{32}$/);
});

describe('is metered', () => {
  it('at the price of its input, for its customer, under its endpoint', async () => {
    const { id } = await makeCustomer(ringside, 'metered');
    const headers = { 'FC-Tag': 'search', 'X-FC-Billable-Amount': '0.01' };
    const { response } = await embed({ input: inputs, user: 'metered' }, headers);
    await ringside.chat({ model: 'fc:sandbox/echo', user: 'metered' });
    const { data, total } = await ringside.get(`/v1/customers/${id}/usage?group_by=endpoint`);
    expect((data as { key: string }[]).map(({ key }) => key)).toEqual(['chat.completions', 'embeddings']);
    // Two tokens at $0.02 a million.
    expect(data[1]).toMatchObject({ requests: 1, input_tokens: 2, output_tokens: 0, cost_usd: 0.00000004, billable_usd: 0.01 });
    expect(total.requests).toBe(2);
    const logged = await ringside.get(`/v1/requests/${response.headers.get('x-request-id')}`);
    expect(logged).toMatchObject({ endpoint: 'embeddings', model: SMALL, model_used: SMALL, stream: false, status: 200, flags: [], tags: ['search'] });
  }); // prettier-ignore

  it.each([
    [inputs, 3],
    ['one', 1],
  ])('by a count made here where the provider makes none: %j', async (input, counted) => {
    ringside.upstream.reply(vectors({ countsTokens: false }));
    const { text } = await embed({ model: OLLAMA, input });
    expect(JSON.parse(text)).toMatchObject({ usage: { prompt_tokens: counted, total_tokens: counted } });
    expect((await usageIn(ringside)).at(-1)!.data).toMatchObject({
      tokens: { input: counted, output: 0 },
      flags: ['estimated', 'unpriced'],
    });
  });

  it('by wallet', async () => {
    const prepaid = await makePrepaid(ringside, 'prepaid', 1);
    const { response } = await embed({ user: prepaid });
    expect(response.headers.get('x-ringside-wallet-deducted')).toBe('0.00000002');
    expect(response.headers.get('x-ringside-wallet-balance')).toBe('0.99999998');
    expect(await transactionsOf(ringside, prepaid)).toEqual([['topup', 1, 1], ['debit', -0.00000002, 0.99999998]]); // prettier-ignore
  });
});

it('a caller who leaves ends it, and what was sent is recorded', async () => {
  const leaving = new AbortController();
  const before = (await usageIn(ringside)).length;
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  ringside.upstream.reply(({ closedEarly }) => {
    void closedEarly.then(resolve);
    leaving.abort();
  });
  const left = ringside.fetch('/v1/embeddings', { body: { model: SMALL, input: 'one three' }, signal: leaving.signal });
  await expect(left).rejects.toThrow('aborted');
  await closed;
  const { data } = (await usageBooked(ringside, before + 1)).at(-1)!;
  expect(data).toMatchObject({
    endpoint: 'embeddings',
    outcome: 'aborted',
    status: 499,
    tokens: { input: 2 },
    flags: ['estimated'],
  });
});

it('falls back along a cascade', async () => {
  const { response, text } = await embed({ model: ['fc:sandbox/status-503', SMALL] });
  expect([response.status, vectorsIn(text)]).toEqual([200, [vectorOf('Hi')]]);
  expect(response.headers.get('x-ringside-models-tried')).toBe(`fc:sandbox/status-503,${SMALL}`);
  expect(response.headers.get('x-ringside-fallback-triggered')).toBe('true');
});

it('is done once for its Idempotency-Key', async () => {
  const before = ringside.upstream.count;
  const headers = { 'Idempotency-Key': 'embed-once' };
  const first = await embed({ input: inputs }, headers);
  const second = await embed({ input: inputs }, headers);
  expect(second.text).toBe(first.text);
  expect(second.response.headers.get('idempotency-replayed')).toBe('true');
  expect(second.response.headers.get('x-ringside-model-used')).toBe(SMALL);
  expect(ringside.upstream.count).toBe(before + 1);
  expect((await embed({ input: inputs, encoding_format: 'base64' }, headers)).response.status).toBe(422);
});
