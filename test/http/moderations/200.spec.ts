import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { json, sendJson, type Script } from '../../support/scripted-upstream.js';

let ringside: Ringside;

/** Flags a text with "bad" in it, as OpenAI: no usage. */
const judge: Script = ({ body }, response) => {
  const { input } = body as { input: string | string[] };
  const results = (typeof input === 'string' ? [input] : input).map((text) => ({
    flagged: text.includes('bad'),
    categories: { violence: text.includes('bad') },
    category_scores: { violence: 0.5 },
    category_applied_input_types: { violence: ['text'] },
  }));
  sendJson(response, 200, { id: 'modr-1', model: 'omni-moderation-2024-09-26', results });
};

beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_ACCOUNT_CREDIT: 'enforce' } });
  ringside.upstream.reply(judge);
});
afterEach(async () => {
  ringside.upstream.reply(judge);
  await expectClosedBooks(ringside);
});
afterAll(() => ringside.stop(), 15_000);

const OMNI = 'fc:openai/omni-moderation-latest';
const lastUsage = async () => (await usageIn(ringside)).at(-1)!.data;

async function moderate(body: Record<string, unknown>, headers?: Record<string, string>) {
  const response = await ringside.fetch('/v1/moderations', { body, headers });
  return { response, text: await response.text() };
}

it('needs nothing but an input: OpenAI’s model judges, without attribution', async () => {
  const answer = await ringside.openai().moderations.create({ input: ['good', 'bad'] });
  expect(answer.results.map(({ flagged }) => flagged)).toEqual([false, true]);
  expect(answer).toMatchObject({ id: 'modr-1', model: 'omni-moderation-2024-09-26' });
  const { path, body } = ringside.upstream.requests.at(-1)!;
  expect([path, body]).toEqual(['/v1/moderations', { model: 'omni-moderation-latest', input: ['good', 'bad'] }]);
  expect(await lastUsage()).toMatchObject({ endpoint: 'moderations', refAsked: OMNI, refUsed: OMNI, stream: false });
});

it('a flagged input is noted, and one that is fine is not', async () => {
  const { response, text } = await moderate({ model: OMNI, input: 'so bad' });
  expect(JSON.parse(text)).toMatchObject({ results: [{ flagged: true }] });
  expect(response.headers.get('x-ringside-model-used')).toBe(OMNI);
  expect((await lastUsage()).flags).toEqual(['flagged', 'estimated']);
  const logged = await ringside.get(`/v1/requests/${response.headers.get('x-request-id')}`);
  expect(logged).toMatchObject({ endpoint: 'moderations', flags: ['flagged', 'estimated'], status: 200 });
  await moderate({ input: 'so good' });
  expect((await lastUsage()).flags).toEqual(['estimated']);
});

it('costs nothing at OpenAI, which is known: with a budget of nothing, no credit drawn, and under its own endpoint', async () => {
  const { id } = await makeCustomer(ringside, 'frugal', { monthly_budget_usd: 0 });
  const before = await ringside.fetch('/v1/moderations', { body: { input: 'good', user: 'frugal' } });
  expect(before.status).toBe(200);
  const parts = [
    { type: 'text', text: 'bad' },
    { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
  ];
  ringside.upstream.reply(
    json({ id: 'modr-2', model: 'omni', results: [{ flagged: true, categories: {}, category_scores: {} }] }),
  );
  expect((await moderate({ input: parts, user: 'frugal' })).response.status).toBe(200);
  const { data } = await ringside.get(`/v1/customers/${id}/usage?group_by=endpoint`);
  expect(data).toMatchObject([
    { key: 'moderations', requests: 2, cost_usd: 0, unpriced_requests: 0, output_tokens: 0 },
  ]);
  expect(await lastUsage()).toMatchObject({ costNanoUsd: '0', creditNanoUsd: '0' });
});

it('the sandbox judges, too, at its price', async () => {
  const answer = await ringside
    .openai()
    .moderations.create({ model: 'fc:sandbox/moderate', input: 'please flag-me now' });
  expect(answer.results[0]).toMatchObject({ flagged: true, categories: { harassment: true, violence: false } });
  expect(await lastUsage()).toMatchObject({
    tokens: { input: 5, output: 0 },
    costNanoUsd: '5000',
    flags: ['flagged', 'sandbox'],
  });
});

it('is done once for its Idempotency-Key', async () => {
  const before = ringside.upstream.count;
  const headers = { 'Idempotency-Key': 'moderate-once' };
  const first = await moderate({ input: 'bad' }, headers);
  const second = await moderate({ input: 'bad', model: OMNI }, headers);
  expect([second.text, second.response.headers.get('idempotency-replayed')]).toEqual([first.text, 'true']);
  expect(ringside.upstream.count).toBe(before + 1);
});

it('a failure costs nothing and flags nothing', async () => {
  ringside.upstream.reply(json({ error: { message: 'busy' } }, { status: 503 }));
  const { response } = await moderate({ input: 'bad' });
  expect(response.status).toBe(503);
  expect(await lastUsage()).toMatchObject({ outcome: 'failed', costNanoUsd: '0', flags: [], tokens: { input: 0 } });
});
