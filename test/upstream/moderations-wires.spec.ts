import type { ModerationBody } from '../../src/domain/call/moderation-body.js';
import type { ModerationCall, ModerationExchange } from '../../src/upstream/moderations/moderations-wire.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import { json, ScriptedUpstream } from '../support/scripted-upstream.js';
import { callOf, refusalOf, upstreamRoom } from './calling.js';

const room = upstreamRoom();
let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await ScriptedUpstream.start();
});
afterAll(async () => {
  await room.onApplicationShutdown();
  await upstream.close();
});

function callFor(provider: string, body: Partial<ModerationBody> = {}): ModerationCall {
  const { body: _, ...call } = callOf({ provider, model: 'model-1', baseUrl: upstream.url, userHash: 'hash-1' });
  return { ...call, body: { model: 'fc:any/model-1', input: 'Hi', ...body } };
}

async function judged(call: ModerationCall): Promise<ModerationExchange & { json: object }> {
  const exchange = await room.moderate(call);
  return { ...exchange, json: JSON.parse(exchange.body.toString()) as object };
}

const FINE = { flagged: false, categories: { hate: false }, category_scores: { hate: 0.1 }, category_applied_input_types: { hate: ['text'] } }; // prettier-ignore
const FLAGGED = { ...FINE, flagged: true, categories: { hate: true } };
const verdict = (...results: object[]) => ({ id: 'modr-1', model: 'omni-moderation-2024-09-26', results });

const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } } as const;
const text = (said: string) => ({ type: 'text', text: said }) as const;

describe('openai', () => {
  it.each<[string, ModerationBody['input'], object[], boolean]>([
    ['a text', 'Hi', [FINE], false],
    ['texts, one of them flagged', ['Hi', 'Ho'], [FINE, FLAGGED], true],
    ['one content in parts', [text('Hi'), image], [FLAGGED], true],
  ])('judges %s, and its own bytes go to the caller', async (_, input, results, flagged) => {
    upstream.reply(json(verdict(...results)));
    const exchange = await judged(callFor('openai', { input, user: 'ann', strange: 1 }));
    const { path, body } = upstream.requests.at(-1)!;
    expect([path, body]).toEqual(['/v1/moderations', { model: 'model-1', input, strange: 1, user: 'hash-1' }]);
    expect(exchange.body.toString()).toBe(JSON.stringify(verdict(...results)));
    expect(exchange).toMatchObject({
      flagged,
      usage: undefined,
      upstreamModel: 'omni-moderation-2024-09-26',
      outputText: '',
    });
  });
});

describe('mistral', () => {
  const answer = (...flags: boolean[]) => ({
    id: 'mod-1',
    model: 'mistral-moderation-2411',
    usage: { prompt_tokens: 8, total_tokens: 8, completion_tokens: 0 },
    results: flags.map((flag) => ({
      categories: { sexual: false, pii: flag },
      category_scores: { sexual: 0.01, pii: flag ? 0.9 : 0.1 },
    })),
  });

  it.each<[string, ModerationBody['input'], unknown, boolean[]]>([
    ['a text', 'Hi', 'Hi', [true]],
    ['texts', ['Hi', 'Ho'], ['Hi', 'Ho'], [false, true]],
    ['the texts of one content, as one', [text('Hi'), text('Ho')], 'Hi\nHo', [false]],
  ])('judges %s, in OpenAI’s shape and its own categories', async (_, input, sent, flags) => {
    upstream.reply(json(answer(...flags)));
    const exchange = await judged(callFor('mistral', { input, user: 'ann', strange: 1 }));
    const { path, body } = upstream.requests.at(-1)!;
    expect([path, body]).toEqual(['/v1/moderations', { model: 'model-1', input: sent }]);
    expect(exchange.json).toEqual({
      id: 'mod-1',
      model: 'mistral-moderation-2411',
      results: flags.map((flag) => ({
        flagged: flag,
        categories: { sexual: false, pii: flag },
        category_scores: { sexual: 0.01, pii: flag ? 0.9 : 0.1 },
        category_applied_input_types: { sexual: ['text'], pii: ['text'] },
      })),
    });
    expect(exchange).toMatchObject({ flagged: flags.includes(true), usage: { tokens: { input: 8, output: 0 } } });
  });

  it('cannot judge images', async () => {
    const before = upstream.count;
    const error = await refusalOf(room.moderate(callFor('mistral', { input: [text('Hi'), image] })));
    expect([error.code, error.param, upstream.count]).toEqual(['unsupported_parameter', 'input[1]', before]);
  });
});

it.each(PROVIDERS.filter(({ moderations }) => !moderations).map(({ id }) => [id] as const))(
  '%s judges nothing',
  async (provider) => {
    const before = upstream.count;
    const error = await refusalOf(room.moderate(callFor(provider)));
    expect([error.code, error.param, error.status, upstream.count]).toEqual([
      'unsupported_parameter',
      'model',
      400,
      before,
    ]);
  },
);

it('three providers judge', () => {
  expect(PROVIDERS.filter(({ moderations }) => moderations).map(({ id }) => id)).toEqual([
    'openai',
    'mistral',
    'sandbox',
  ]);
});

it.each<[string, unknown]>([
  ['nothing', {}],
  ['no results', verdict()],
  ['fewer results than texts', verdict(FINE)],
  ['more results than texts', verdict(FINE, FINE, FINE)],
  ['results that judge nothing', verdict({}, {})],
  ['a list', [1]],
])('%s is no verdict', async (_, answer) => {
  upstream.reply(json(answer));
  for (const provider of ['openai', 'mistral']) {
    const error = await refusalOf(room.moderate(callFor(provider, { input: ['Hi', 'Ho'] })));
    expect([provider, error.code]).toEqual([provider, 'upstream_invalid_response']);
  }
});

it('an error keeps the provider’s words', async () => {
  upstream.reply(json({ error: { message: 'Too many requests' } }, { status: 429, headers: { 'retry-after': '7' } }));
  const error = await refusalOf(room.moderate(callFor('openai')));
  expect(error).toMatchObject({
    code: 'upstream_quota_exceeded',
    message: 'openai: Too many requests',
    retryAfterMs: 7_000,
  });
});
