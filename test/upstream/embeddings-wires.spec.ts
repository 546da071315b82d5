import { readFileSync } from 'node:fs';
import type { EmbeddingsBody } from '../../src/domain/call/embeddings-body.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import { json, ScriptedUpstream, sendJson } from '../support/scripted-upstream.js';
import { refusalOf, upstreamRoom } from './calling.js';
import { base64Of, embedded, embeddingsCall, manyTexts } from './embedding.js';

const room = upstreamRoom();
let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await ScriptedUpstream.start();
});
afterAll(async () => {
  await room.onApplicationShutdown();
  await upstream.close();
});

/** Numbers that 32-bit floats hold exactly, so that both encodings can be compared. */
const ONE = [0.5, -0.25, 1];
const TWO = [0, 2, -1.5];
const INT8 = [127, -127, 0];

const listOf = (vectors: readonly unknown[], more: object = {}) => ({
  object: 'list',
  data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  model: 'model-1',
  usage: { prompt_tokens: 8, total_tokens: 8 },
  ...more,
});
const reversed = { ...listOf([]), data: [{ index: 1, embedding: TWO }, { index: 0, embedding: ONE }] }; // prettier-ignore
const int8 = (numbers: readonly number[]) => Buffer.from(Int8Array.from(numbers).buffer).toString('base64');

interface Row {
  /** What is asked for, beside one text. */
  readonly body?: Partial<EmbeddingsBody>;
  readonly model?: string;
  readonly settings?: Record<string, string>;
  /** What goes out; the path from the base URL's on. */
  readonly path: string;
  readonly sent: Record<string, unknown>;
  /** What comes back, for one text. */
  readonly answer: unknown;
  readonly headers?: Record<string, string>;
  readonly vectors?: readonly (readonly number[])[];
  /** Input tokens; null where the provider does not say. */
  readonly tokens?: number | null;
  readonly costNanoUsd?: string;
  /** What the answer calls the model. */
  readonly called?: string;
}

const ROWS: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  openai: {
    'what the caller sent, with a hash for the user': {
      body: { user: 'ann', dimensions: 3, encoding_format: 'float', strange: 1 },
      path: '/v1/embeddings',
      sent: { model: 'model-1', input: 'Hi', dimensions: 3, encoding_format: 'float', strange: 1, user: 'hash-1' },
      answer: listOf([ONE]),
    },
    'token numbers': {
      body: { input: [[1, 2], [3]] },
      path: '/v1/embeddings',
      sent: { model: 'model-1', input: [[1, 2], [3]], user: 'hash-1' },
      answer: listOf([ONE, TWO]),
      vectors: [ONE, TWO],
    },
  },
  azure: {
    'the deployment, dated': {
      body: { dimensions: 3, input: [1, 2, 3] },
      settings: { api_version: '2024-10-21' },
      path: '/openai/deployments/model-1/embeddings?api-version=2024-10-21',
      sent: { model: 'model-1', input: [1, 2, 3], dimensions: 3, user: 'hash-1' },
      answer: listOf([ONE]),
    },
    'the undated surface': {
      path: '/openai/v1/embeddings',
      sent: { model: 'model-1', input: 'Hi', user: 'hash-1' },
      answer: listOf([ONE]),
    },
  },
  openrouter: {
    'the cost as it is said': {
      body: { dimensions: 3 },
      path: '/v1/embeddings',
      sent: { model: 'model-1', input: 'Hi', dimensions: 3, user: 'hash-1' },
      answer: listOf([ONE], { usage: { prompt_tokens: 8, total_tokens: 8, cost: 1.6e-7 } }),
      costNanoUsd: '160',
    },
  },
  ollama: {
    'the same, and vectors in any order': {
      body: { input: ['Hi', 'Ho'], dimensions: 3 },
      path: '/v1/embeddings',
      sent: { model: 'model-1', input: ['Hi', 'Ho'], dimensions: 3 },
      answer: reversed,
      vectors: [ONE, TWO],
    },
  },
  fireworks: {
    'the same': {
      body: { dimensions: 3 },
      path: '/v1/embeddings',
      sent: { model: 'model-1', input: 'Hi', dimensions: 3, user: 'hash-1' },
      answer: listOf([ONE]),
    },
  },
  mistral: {
    'only what it knows, under its names': {
      body: { dimensions: 3, output_dtype: 'float', strange: 1, user: 'ann' },
      path: '/v1/embeddings',
      sent: { model: 'model-1', input: 'Hi', output_dimension: 3, output_dtype: 'float' },
      answer: listOf([ONE]),
    },
  },
  together: {
    'no usage': { path: '/v1/embeddings', sent: { model: 'model-1', input: 'Hi' }, answer: listOf([ONE], { usage: undefined }), tokens: null },
  },
  sambanova: {
    'the same': { body: { user: 'ann' }, path: '/v1/embeddings', sent: { model: 'model-1', input: 'Hi' }, answer: listOf([ONE]) },
  },
  perplexity: {
    'signed bytes': {
      body: { dimensions: 3, strange: 1 },
      path: '/v1/embeddings',
      sent: { model: 'model-1', input: ['Hi'], dimensions: 3, encoding_format: 'base64_int8' },
      answer: listOf([int8(INT8)], { usage: { prompt_tokens: 8, total_tokens: 8, cost: { total_cost: 0.000002 } } }),
      vectors: [[1, -1, 0]],
      costNanoUsd: '2000',
    },
  },
  google: {
    'one text': {
      body: { dimensions: 3, task_type: 'RETRIEVAL_QUERY' },
      model: 'models/gemini-embedding-001',
      path: '/v1beta/models/gemini-embedding-001:embedContent',
      sent: {
        model: 'models/gemini-embedding-001',
        content: { parts: [{ text: 'Hi' }] },
        outputDimensionality: 3,
        taskType: 'RETRIEVAL_QUERY',
      },
      answer: { embedding: { values: ONE } },
      tokens: null,
      called: 'models/gemini-embedding-001',
    },
    'several texts, never as parts of one': {
      body: { input: ['Hi', 'Ho'] },
      path: '/v1beta/models/model-1:batchEmbedContents',
      sent: { requests: ['Hi', 'Ho'].map((text) => ({ model: 'models/model-1', content: { parts: [{ text }] } })) },
      answer: { embeddings: [{ values: ONE }, { values: TWO }], usageMetadata: { promptTokenCount: 8 } },
      vectors: [ONE, TWO],
    },
  },
  cohere: {
    'documents': {
      body: { dimensions: 3, user: 'ann' },
      path: '/v2/embed',
      sent: { model: 'model-1', texts: ['Hi'], input_type: 'search_document', truncate: 'NONE', output_dimension: 3, embedding_types: ['float'] },
      answer: { id: 'e', embeddings: { float: [ONE] }, texts: ['Hi'], meta: { billed_units: { input_tokens: 8 } } },
    },
    'queries': {
      body: { input_type: 'search_query', truncate: 'END' },
      path: '/v2/embed',
      sent: { model: 'model-1', texts: ['Hi'], input_type: 'search_query', truncate: 'END', embedding_types: ['float'] },
      answer: { id: 'e', embeddings: { float: [ONE] }, texts: ['Hi'] },
      tokens: null,
    },
  },
  bedrock: {
    'Titan, second version': {
      body: { dimensions: 256, normalize: false },
      model: 'amazon.titan-embed-text-v2:0',
      path: '/model/amazon.titan-embed-text-v2%3A0/invoke',
      sent: { inputText: 'Hi', dimensions: 256, normalize: false },
      answer: { embedding: ONE, inputTextTokenCount: 8 },
    },
    'Titan for images': {
      body: { dimensions: 256 },
      model: 'amazon.titan-embed-image-v1',
      path: '/model/amazon.titan-embed-image-v1/invoke',
      sent: { inputText: 'Hi', embeddingConfig: { outputEmbeddingLength: 256 } },
      answer: { embedding: ONE, inputTextTokenCount: 8 },
    },
    'Cohere, third generation': {
      model: 'cohere.embed-multilingual-v3',
      path: '/model/cohere.embed-multilingual-v3/invoke',
      sent: { texts: ['Hi'], input_type: 'search_document', truncate: 'NONE' },
      answer: { embeddings: [ONE], id: 'e', texts: ['hi'] },
      headers: { 'x-amzn-bedrock-input-token-count': '8' },
    },
    'Cohere, fourth generation, by its profile': {
      body: { dimensions: 3 },
      model: 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.cohere.embed-v4:0',
      path: '/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.cohere.embed-v4%3A0/invoke',
      sent: { texts: ['Hi'], input_type: 'search_document', truncate: 'NONE', output_dimension: 3, embedding_types: ['float'] },
      answer: { embeddings: { float: [ONE] } },
      tokens: null,
    },
    'Nova': {
      body: { dimensions: 256 },
      model: 'amazon.nova-2-multimodal-embeddings-v1:0',
      path: '/model/amazon.nova-2-multimodal-embeddings-v1%3A0/invoke',
      sent: {
        taskType: 'SINGLE_EMBEDDING',
        singleEmbeddingParams: { embeddingPurpose: 'GENERIC_INDEX', embeddingDimension: 256, text: { truncationMode: 'NONE', value: 'Hi' } },
      },
      answer: { embeddings: [{ embeddingType: 'TEXT', embedding: ONE }], inputTokenCount: 8 },
    },
  },
  huggingface: {
    'a vector for each text': {
      body: { input: ['Hi', 'Ho'], normalize: true, strange: 1 },
      model: 'BAAI/bge-m3',
      path: '/hf-inference/models/BAAI/bge-m3/pipeline/feature-extraction',
      sent: { inputs: ['Hi', 'Ho'], normalize: true },
      answer: [ONE, TWO],
      vectors: [ONE, TWO],
      tokens: null,
    },
    'a bare vector': { path: '/hf-inference/models/model-1/pipeline/feature-extraction', sent: { inputs: ['Hi'] }, answer: ONE, tokens: null },
    'the vectors of one text’s tokens': {
      path: '/hf-inference/models/model-1/pipeline/feature-extraction',
      sent: { inputs: ['Hi'] },
      answer: [ONE, TWO],
      vectors: [[0.25, 0.875, -0.25]],
      tokens: null,
    },
    'the vectors of all texts’ tokens': {
      body: { input: ['Hi', 'Ho'] },
      path: '/hf-inference/models/model-1/pipeline/feature-extraction',
      sent: { inputs: ['Hi', 'Ho'] },
      answer: [[ONE, TWO], [[ONE]]],
      vectors: [[0.25, 0.875, -0.25], ONE],
      tokens: null,
    },
  },
}; // prettier-ignore

const all = Object.entries(ROWS).flatMap(([provider, rows]) =>
  Object.entries(rows).map(([about, row]) => [provider, about, row] as const),
);

/** Base URLs as they are by default: with the version for those whose paths stand below it. */
function baseUrlOf(provider: string): string {
  const { defaultBaseUrl } = PROVIDERS.find(({ id }) => id === provider)!;
  const hasVersion = typeof defaultBaseUrl === 'string' && defaultBaseUrl.endsWith('/v1');
  return hasVersion ? upstream.url : upstream.url.replace(/\/v1$/, '');
}

function callFor(
  provider: string,
  { body, model = 'model-1', settings = {} }: Pick<Row, 'body' | 'model' | 'settings'>,
) {
  return embeddingsCall({
    provider,
    model,
    settings,
    userHash: 'hash-1',
    baseUrl: baseUrlOf(provider),
    body: { ...body },
  });
}

it('every provider with embeddings has a row', () => {
  const offering = PROVIDERS.filter(({ embeddings, reach }) => embeddings && reach === 'network').map(({ id }) => id);
  expect(Object.keys(ROWS).toSorted()).toEqual(offering.toSorted());
});

it('docs/providers.md has them all', () => {
  const page = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Embeddings and moderations')).split(/^## /m)[1]!;
  const named = [...section.matchAll(/^\| ([a-z, ]+?) *\|/gm)].flatMap(([, names]) => names!.split(', '));
  expect(named.toSorted()).toEqual(PROVIDERS.filter(({ embeddings }) => embeddings).map(({ id }) => id).toSorted()); // prettier-ignore
});

describe.each(all)('%s: %s', (provider, _, row) => {
  const { vectors = [ONE], tokens = 8, called = 'model-1' } = row;

  it('sends its request and gives numbers', async () => {
    upstream.reply(json(row.answer, { headers: row.headers ?? {} }));
    const { json: shown, usage, upstreamModel, outputText, inputText } = await embedded(room, callFor(provider, row));
    const request = upstream.requests.at(-1)!;
    expect([request.path, request.body]).toEqual([row.path, row.sent]);
    expect(shown.data).toEqual(vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })));
    expect({ outputText, inputText }).toEqual({ outputText: '', inputText: undefined });
    expect([usage?.tokens.input ?? null, usage?.statedCostNanoUsd]).toEqual([tokens, row.costNanoUsd]);
    const named = typeof row.answer === 'object' && 'model' in row.answer!;
    expect([shown.model, upstreamModel]).toEqual([named ? 'model-1' : (row.model ?? called), named ? 'model-1' : null]);
    const isPassedOn = provider === 'openai';
    if (!isPassedOn) expect(shown.usage).toEqual({ prompt_tokens: tokens ?? 77, total_tokens: tokens ?? 77 });
  });

  it('gives base64 when asked for it, whatever comes', async () => {
    const asked = { ...row, body: { ...row.body, encoding_format: 'base64' as const } };
    const inBase64 = JSON.parse(JSON.stringify(row.answer), (key, value: unknown) =>
      key === 'embedding' && Array.isArray(value) && typeof value[0] === 'number' ? base64Of(value as number[]) : value,
    ) as unknown;
    const knowsBase64 = upstreamKnowsBase64(provider);
    for (const answer of knowsBase64 ? [inBase64, row.answer] : [row.answer]) {
      upstream.reply(json(answer, { headers: row.headers ?? {} }));
      const { json: shown } = await embedded(room, callFor(provider, asked));
      expect(shown.data.map(({ embedding }) => embedding)).toEqual(vectors.map(base64Of));
    }
    const { encoding_format: sent } = upstream.requests.at(-1)!.body as { encoding_format?: string };
    expect(sent).toBe(knowsBase64 ? 'base64' : row.sent['encoding_format']);
  });
});

it.each(all.filter(([provider]) => upstreamKnowsBase64(provider)))(
  '%s: %s: decodes base64 that nobody asked for',
  async (provider, _, row) => {
    const { vectors = [ONE] } = row;
    upstream.reply(json(listOf(vectors.map(base64Of))));
    expect((await embedded(room, callFor(provider, row))).json.data.map(({ embedding }) => embedding)).toEqual(vectors);
  },
);

function upstreamKnowsBase64(provider: string): boolean {
  const { wire, floatsOnly } = PROVIDERS.find(({ id }) => id === provider)!.embeddings!;
  return wire === 'openai' && floatsOnly !== true;
}

describe('what a provider cannot do is refused, with nothing sent', () => {
  const WITHOUT = PROVIDERS.filter(({ embeddings }) => !embeddings).map(({ id }) => id);

  it('knows who makes no embeddings', () => {
    expect(WITHOUT.toSorted()).toEqual(['anthropic', 'cerebras', 'deepseek', 'groq', 'replicate', 'xai'].filter((id) => PROVIDERS.some((one) => one.id === id)));
  }); // prettier-ignore

  it.each<[string, string, Partial<EmbeddingsBody>, string?]>([
    ...WITHOUT.map((id) => [id, 'model', {}] as [string, string, object]),
    ...Object.keys(ROWS)
      .filter((id) => id !== 'openai' && id !== 'azure')
      .map(
        (id) => [id, 'input', { input: [[1, 2]] }, 'amazon.titan-embed-text-v2:0'] as [string, string, object, string],
      ),
    ['together', 'dimensions', { dimensions: 3 }],
    ['sambanova', 'dimensions', { dimensions: 3 }],
    ['huggingface', 'dimensions', { dimensions: 3 }],
    ['bedrock', 'dimensions', { dimensions: 3 }, 'amazon.titan-embed-text-v1'],
    ['bedrock', 'dimensions', { dimensions: 3 }, 'cohere.embed-english-v3'],
    ['bedrock', 'model', {}, 'meta.llama3-8b'],
  ])('%s: %s', async (provider, param, body, model = 'model-1') => {
    const before = upstream.count;
    const error = await refusalOf(room.embed(callFor(provider, { body, model })));
    expect(error).toMatchObject({ code: 'unsupported_parameter', status: 400, param });
    expect(upstream.count).toBe(before);
  });
});

describe('what is no answer', () => {
  it.each<[string, string, unknown]>([
    ['openai', 'no list', { ok: true }],
    ['openai', 'too few vectors', listOf([])],
    ['openai', 'too many vectors', listOf([ONE, TWO])],
    ['openai', 'an empty vector', listOf([[]])],
    ['openai', 'a vector of words', listOf([['a']])],
    ['openai', 'base64 of half a number', listOf(['AAA='])],
    ['openai', 'a text', listOf(['not base64!'])],
    ['google', 'no values', { embedding: {} }],
    ['cohere', 'other types', { embeddings: { int8: [[1]] } }],
    ['bedrock', 'nothing', {}],
    ['huggingface', 'an object', { embeddings: [ONE] }],
    ['huggingface', 'an empty list', []],
    ['huggingface', 'ragged tokens', [[ONE, [1]]]],
    ['perplexity', 'numbers', listOf([ONE])],
  ])('%s: %s', async (provider, _, answer) => {
    upstream.reply(json(answer));
    const error = await refusalOf(room.embed(callFor(provider, { model: 'amazon.titan-embed-text-v2:0' })));
    expect(error.code).toBe('upstream_invalid_response');
  });

  it.each([
    [401, { error: { message: 'bad key' } }, 'upstream_auth_failed'],
    [200, { error: { message: 'insufficient_quota' } }, 'upstream_quota_exceeded'],
    [200, 'no JSON', 'upstream_invalid_response'],
    [503, { message: 'loading' }, 'upstream_unavailable'],
  ])('an error: %i %j is %s', async (status, body, code) => {
    upstream.reply(json(body, { status }));
    for (const provider of Object.keys(ROWS)) {
      const error = await refusalOf(room.embed(callFor(provider, { model: 'amazon.titan-embed-text-v2:0' })));
      expect([provider, error.code]).toEqual([provider, code]);
      expect(error.message.startsWith(`${provider}: `)).toBe(true);
    }
  });
});

describe('more texts than a request takes', () => {
  /** The texts of a request, wherever a wire puts them. */
  function textsIn(body: Record<string, unknown>): string[] {
    const found: string[] = [];
    JSON.stringify(body, (_, value: unknown) => {
      if (typeof value === 'string' && value.startsWith('text ')) found.push(value);
      return value;
    });
    return found;
  }
  const numberOf = (text: string) => Number(text.slice('text '.length));

  it.each<[string, number, string, (vectors: number[][]) => unknown]>([
    ['google', 100, 'model-1', (vectors) => vectors.length === 1 ? { embedding: { values: vectors[0] } } : { embeddings: vectors.map((values) => ({ values })) }],
    ['cohere', 96, 'model-1', (vectors) => ({ embeddings: { float: vectors }, meta: { billed_units: { input_tokens: vectors.length } } })],
    ['bedrock', 96, 'cohere.embed-english-v3', (vectors) => ({ embeddings: vectors })],
    ['bedrock', 1, 'amazon.titan-embed-text-v2:0', ([embedding]) => ({ embedding, inputTextTokenCount: 1 })],
    ['huggingface', 32, 'model-1', (vectors) => vectors],
    ['perplexity', 512, 'model-1', (vectors) => listOf(vectors.map(int8), { usage: { prompt_tokens: vectors.length } })],
  ])('%s takes %i at once; the answer is one, in order', async (provider, most, model, answerOf) => {
    const count = most * 2 + 1;
    const first = upstream.count;
    upstream.reply((request, response) => {
      const vectors = textsIn(request.body).map((text) => [numberOf(text) % 127, 1]);
      sendJson(response, 200, answerOf(vectors));
    });
    const waited = { upstreamMs: 0 };
    const call = { ...callFor(provider, { model, body: { input: manyTexts(count) } }), waited };
    const { json: shown, usage } = await embedded(room, call);
    const scale = provider === 'perplexity' ? 127 : 1;
    expect(shown.data.map(({ embedding }) => (embedding as number[])[0]! * scale)).toEqual(manyTexts(count).map((text) => expect.closeTo(numberOf(text) % 127)));
    expect(shown.data.map(({ index }) => index)).toEqual(manyTexts(count).map(numberOf));
    const sizes = upstream.requests.slice(first).map(({ body }) => textsIn(body).length);
    expect(sizes.toSorted((a, b) => b - a)).toEqual([most, most, 1]);
    const counts = !['google', 'huggingface'].includes(provider) && model !== 'cohere.embed-english-v3';
    expect(usage?.tokens.input).toBe(counts ? count : undefined);
    expect(waited.upstreamMs).toBeGreaterThanOrEqual(0);
  }); // prettier-ignore

  it('after a failure asks for the missing ones only, and says what each attempt used', async () => {
    const progress = new Map();
    const call = { ...callFor('cohere', { body: { input: manyTexts(96 * 2 + 1) } }), progress };
    const answer = (texts: readonly string[]) => ({ embeddings: { float: texts.map((text) => [numberOf(text)]) }, meta: { billed_units: { input_tokens: texts.length } } }); // prettier-ignore
    upstream.reply(({ body }, response) => {
      const texts = textsIn(body);
      if (texts[0] === 'text 96') sendJson(response, 503, { message: 'busy' });
      else sendJson(response, 200, answer(texts));
    });
    const first = await room.embed(call);
    expect(first).toMatchObject({
      kind: 'interrupted',
      error: { code: 'upstream_unavailable' },
      usage: { tokens: { input: 97 } },
      inputText: [...manyTexts(96), 'text 192'].join('\n'),
    });
    upstream.reply(({ body }, response) => sendJson(response, 200, answer(textsIn(body))));
    const before = upstream.count;
    const second = await embedded(room, call);
    expect(upstream.count).toBe(before + 1);
    expect(second.usage?.tokens.input).toBe(96);
    expect(second.inputText).toBe(manyTexts(192).slice(96).join('\n'));
    expect(second.json.data.map(({ embedding }) => (embedding as number[])[0])).toEqual(manyTexts(193).map(numberOf));
    expect(second.json.usage).toEqual({ prompt_tokens: 193, total_tokens: 193 });
  });

  it('an error of the first kind is thrown when nothing was answered, and begins no more', async () => {
    upstream.reply(json({ message: 'no' }, { status: 401 }));
    const before = upstream.count;
    const call = callFor('bedrock', { model: 'amazon.titan-embed-text-v2:0', body: { input: manyTexts(50) } });
    expect((await refusalOf(room.embed(call))).code).toBe('upstream_auth_failed');
    expect(upstream.count - before).toBeLessThanOrEqual(8);
  });

  it('a caller who leaves ends all of them', async () => {
    const leaving = new AbortController();
    const closed: Promise<void>[] = [];
    upstream.reply(({ closedEarly }) => {
      closed.push(closedEarly);
      if (closed.length === 3) leaving.abort(new Error('left'));
    });
    const call = { ...callFor('cohere', { body: { input: manyTexts(96 * 3) } }), signal: leaving.signal };
    await expect(room.embed(call)).rejects.toThrow('left');
    await Promise.all(closed);
    expect(closed).toHaveLength(3);
  });
});
