import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { atOnce, makeCustomer } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { completion, json, ScriptedUpstream, type Script } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';

let ringside: Ringside;
beforeAll(async () => {
  const upstream = await ScriptedUpstream.start();
  const at = (provider: string) => ({
    [`${provider}_API_KEY`]: 'key-canary-0123456789',
    [`${provider}_BASE_URL`]: upstream.url,
  });
  ringside = await Ringside.start({ upstream, env: { ...at('DEEPSEEK'), ...at('OPENROUTER'), ...at('GROQ') } });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const CAP_USD = 0.02;
const OUTPUT_TOKENS = 10;

/**
 * The worst tokenizer there can be: a token for each byte of the conversation that came, and every answer as long as it
 * may be.
 */
const worst: Script = (request, response, upstream) => {
  const read = Buffer.byteLength(JSON.stringify(request.body.messages));
  return json(
    completion({ model: request.body.model, text: '{}', usage: usageOf(read, OUTPUT_TOKENS), no: request.no }),
  )(request, response, upstream);
};

const LONG = 'thought '.repeat(5_000);
const called = (more: object, of: object = {}) => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}', ...of } }],
  ...more,
});
const turn = (assistant: object) => [
  { role: 'user', content: 'Look' },
  assistant,
  { role: 'tool', tool_call_id: 'call_1', content: 'seen' },
];

describe('40 calls at once on a cap of $0.02', () => {
  it.each<[string, object]>([
    ['the reasoning of a tool turn', { messages: turn(called({ reasoning_content: LONG })) }],
    ['such reasoning that is no text', { messages: turn(called({ reasoning_content: { thoughts: [LONG] } })) }],
    ['an answer that is to be gone on with', { messages: [{ role: 'user', content: 'Look' }, { role: 'assistant', content: LONG, prefix: true }] }],
    ['a schema that is put into words', { response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object', description: LONG } } } }],
    ['a part of another type that has a text', { messages: [{ role: 'user', content: { type: 'text', text: LONG } }] }],
    ['a call’s arguments that are no text', { messages: turn(called({}, { arguments: { all: [LONG] } })) }],
  ])('S1 cannot pass it by what goes to deepseek: %s', async (what, fields) => {
    const { id } = await makeCustomer(ringside, `deep, ${what}`, { monthly_budget_usd: CAP_USD });
    const body = { model: 'fc:deepseek/deepseek-chat', max_tokens: OUTPUT_TOKENS, user: id, ...fields };
    const { counts } = await atOnce(ringside, 40, () => ringside.chat(body), worst);
    expect(counts.admitted + counts.refused).toBe(40);
    expect(counts.sent).toBe(counts.admitted);
    // A call of this size does fit once, so that its bound is no larger than it must be.
    expect(counts.admitted).toBeGreaterThanOrEqual(1);
    const { total_cost_usd } = await ringside.get(`/v1/customers/${id}/usage`);
    expect(total_cost_usd).toBeLessThanOrEqual(CAP_USD);
    expect((await eventsOf(ringside, 'UsageRecorded', id)).flatMap(({ data }) => data.flags)).not.toContain('overrun');
  }); // prettier-ignore
});

const OPENROUTER = 'fc:openrouter/openai/gpt-4o-mini';
const DEARER: [string, string, unknown][] = [
  [OPENROUTER, 'provider', { only: ['dearest'] }],
  [OPENROUTER, 'provider', { order: ['dearest'], allow_fallbacks: false }],
  [OPENROUTER, 'preset', 'dearest'],
  [OPENROUTER, 'models', ['openai/gpt-5-pro']],
  [OPENROUTER, 'route', 'fallback'],
  [OPENROUTER, 'plugins', [{ id: 'web' }]],
  [OPENROUTER, 'something_new', true],
  ['fc:groq/llama-3.3-70b-versatile', 'service_tier', 'priority'],
  ['fc:openai/gpt-4o-mini', 'best_of', 20],
  ['fc:openai/gpt-4o-mini', 'extra_body', { service_tier: 'priority' }],
];

describe.each(DEARER)('%s with %s', (model, field, value) => {
  const name = `${model} ${field} ${JSON.stringify(value)}`;
  const dearest: Script = (request, response, upstream) =>
    json(completion({ model: request.body.model, usage: usageOf(2, 2), no: request.no }))(request, response, upstream);

  it.each<[string, (id: string) => Promise<unknown>]>([
    [
      'a budget',
      (id) => ringside.fetch(`/v1/customers/${id}`, { method: 'PATCH', body: { monthly_budget_usd: CAP_USD } }),
    ],
    ['a wallet', (id) => ringside.fetch(`/v1/customers/${id}/wallet/topup`, { body: { amount_usd: CAP_USD } })],
  ])(`S1 is refused for a customer with %s: ${JSON.stringify(value)}`, async (payer, give) => {
    const { id } = await makeCustomer(ringside, `${payer} ${name}`);
    await give(id);
    const before = ringside.upstream.count;
    const { status, text } = await answered(ringside.chat({ model, [field]: value, user: id, max_tokens: 5 }));
    expect([status, JSON.parse(text)]).toMatchObject([
      400,
      { error: { code: 'model_unpriced', param: field, type: 'invalid_request_error' } },
    ]);
    expect(ringside.upstream.count).toBe(before);
    expect(await eventsOf(ringside, 'UsageHeld', id)).toEqual([]);
  });

  it(`passes for anybody else: ${JSON.stringify(value)}`, async () => {
    ringside.upstream.replyOnce(dearest);
    expect((await answered(ringside.chat({ model, [field]: value, user: `free ${name}`, max_tokens: 5 }))).status).toBe(
      200,
    );
    expect(ringside.upstream.requests.at(-1)!.body[field]).toBeDefined();
  });
});

it('S1 is refused for an embedding with a field that nobody knows, and nothing is sent', async () => {
  const { id } = await makeCustomer(ringside, 'embedding', { monthly_budget_usd: CAP_USD });
  const before = ringside.upstream.count;
  const body = { model: 'fc:openai/text-embedding-3-small', input: 'Hi', user: id, extra_body: { model: 'dearest' } };
  const { status, text } = await answered(ringside.fetch('/v1/embeddings', { body }));
  expect([status, JSON.parse(text), ringside.upstream.count]).toMatchObject([
    400,
    { error: { code: 'model_unpriced', param: 'extra_body' } },
    before,
  ]);
});
