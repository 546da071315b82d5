import { RingsideError } from '../../src/domain/errors.js';
import { renderEmbeddings } from '../../src/upstream/calls/embed.js';
import { PROTOCOLS } from '../../src/upstream/protocols/index.js';
import { findProvider, PROVIDERS } from '../../src/upstream/providers/index.js';
import { callOf } from './calling.js';
import { embeddingsCall } from './embedding.js';

const MODELS: ReadonlyMap<string, readonly string[]> = new Map([
  ['anthropic', ['claude-sonnet-4-5', 'claude-3-opus-20240229']],
  ['google', ['gemini-2.5-flash', 'gemini-3.8-flash', 'gemma-3-27b-it']],
  ['cohere', ['command-a-03-2025', 'command-a-reasoning-08-2025']],
  ['bedrock', ['us.anthropic.claude-sonnet-4-5-v1:0', 'amazon.nova-pro-v1:0', 'amazon.nova-2-lite-v1:0', 'meta.llama3-1-70b-instruct-v1:0', 'openai.gpt-oss-20b-1:0', 'some/profile']],
  ['replicate', ['meta/meta-llama-3-70b-instruct', 'openai/gpt-5']],
  ['mistral', ['mistral-small-latest']],
]); // prettier-ignore

/** What callers of other APIs ask with, and what OpenAI's own clients do. */
const ASKED: readonly (readonly [string, unknown])[] = [
  ['thinking', { type: 'enabled', budget_tokens: 2000 }],
  ['reasoning', { effort: 'high' }],
  ['reasoning_config', { type: 'enabled', budget_tokens: 2000 }],
  ['reasoningConfig', { type: 'enabled', maxReasoningEffort: 'low' }],
  ['thinking_config', { thinking_budget: 100 }],
  ['extra_body', { google: { thinking_config: { thinking_budget: 0 } } }],
  ['chat_template_kwargs', { enable_thinking: false }],
  ['top_k', 40],
  ['inference_geo', 'eu'],
  ['k', 40],
  ['p', 0.5],
  ['min_p', 0.1],
  ['top_a', 0.3],
  ['repetition_penalty', 1.2],
  ['stop_sequences', ['END']],
  ['max_output_tokens', 20],
  ['system', 'Be brief'],
  ['documents', [{ data: 'x' }]],
  ['safety_settings', [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }]],
  ['safety_mode', 'OFF'],
  ['guardrailConfig', { guardrailIdentifier: 'g' }],
  ['guided_json', { type: 'object' }],
  ['mcp_servers', [{ url: 'https://x' }]],
  ['web_search_options', {}],
  ['functions', [{ name: 'f' }]],
  ['n', 2],
];

function render(provider: string, model: string, fields: Record<string, unknown>): string {
  const { protocol, quirks } = findProvider(provider)!;
  const body = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 9000, ...fields };
  return JSON.stringify(PROTOCOLS[protocol].renderChat(callOf({ provider, model, body }), quirks));
}

const cases = [...MODELS].flatMap(([provider, models]) => models.map((model) => [provider, model] as const));

describe('a field that changes the vectors', () => {
  const OWN = [
    ['google', 'gemini-embedding-001', ['task_type', 'taskType', 'title']],
    ['cohere', 'embed-v4.0', ['input_type', 'truncate']],
    ['bedrock', 'amazon.titan-embed-text-v2:0', ['normalize']],
    ['bedrock', 'amazon.titan-embed-image-v1', ['normalize']],
    ['bedrock', 'amazon.nova-2-multimodal-embeddings-v1:0', ['embedding_purpose', 'truncate']],
    ['bedrock', 'cohere.embed-english-v3', ['input_type', 'truncate']],
    ['huggingface', 'BAAI/bge-m3', ['normalize', 'prompt_name', 'truncate', 'truncation_direction']],
    ['perplexity', 'pplx-embed-v1', []],
    ['mistral', 'codestral-embed', ['output_dtype']],
  ] as const;
  const vectors = (provider: string, model: string, fields: Record<string, unknown>) =>
    JSON.stringify(renderEmbeddings(embeddingsCall({ provider, model, body: fields }), findProvider(provider)!));

  it('B21 is asked of every wire that writes requests in its own words, for vectors, too', () => {
    const own = PROVIDERS.filter(({ embeddings: offer }) => offer && (offer.wire !== 'openai' || offer.knownFields));
    expect([...new Set(OWN.map(([id]) => id as string))].toSorted()).toEqual(own.map(({ id }) => id).toSorted());
  });

  it.each(OWN)(
    'B21 with vectors goes out to %s, %s, or is refused by its name',
    (provider, model, taken: readonly string[]) => {
      const plain = vectors(provider, model, {});
      const fields = [
      'input_type', 'task_type', 'taskType', 'task', 'title', 'truncate', 'truncation', 'auto_truncate', 'truncation_direction', 'normalize',
      'output_dtype', 'output_dimension', 'outputDimensionality', 'embedding_types', 'embedding_purpose', 'embeddingConfig', 'prompt_name',
      'prompt', 'instruction', 'late_chunking', 'images', 'max_tokens', 'extra_body', 'truncate_prompt_tokens',
    ]; // prettier-ignore
      for (const field of fields) {
        if (taken.includes(field))
          expect([field, vectors(provider, model, { [field]: 'x' }) !== plain]).toEqual([field, true]);
        else
          expect(() => vectors(provider, model, { [field]: ['x'] })).toThrow(expect.objectContaining({ param: field }));
      }
      const idle = {
        input_type: null,
        task_type: '',
        images: [],
        extra_body: {},
        truncation: false,
        embedding_type: 'float',
        some_field: 1,
      };
      expect(vectors(provider, model, idle)).toBe(plain);
    },
  );
});

describe('a field that changes the answer', () => {
  it('B21 is asked of every wire that writes requests in its own words', () => {
    const own = PROVIDERS.filter(
      ({ protocol, quirks }) => protocol !== 'openai-chat' || quirks.request?.bodyFields !== undefined,
    );
    expect(own.map(({ id }) => id).toSorted()).toEqual([...MODELS.keys()].toSorted());
  });

  it.each(cases)('B21 goes out to %s, %s, or is refused by its name', (provider, model) => {
    const plain = render(provider, model, {});
    for (const [field, value] of ASKED) {
      let outcome: unknown;
      try {
        outcome = render(provider, model, { [field]: value }) === plain ? 'lost' : 'sent';
      } catch (error) {
        if (!(error instanceof RingsideError)) throw error;
        outcome = { code: error.code, param: error.param };
      }
      if (outcome !== 'sent')
        expect({ field, outcome }).toEqual({ field, outcome: { code: 'unsupported_parameter', param: field } });
    }
  });

  it.each(cases)('B21 is not refused by %s, %s, where it asks for nothing', (provider, model) => {
    const idle = { min_p: 0, top_a: 0, repetition_penalty: 1, thinking: null, system: '', documents: [], extra_body: {}, stop_sequences: null, enable_thinking: false }; // prettier-ignore
    expect(render(provider, model, idle)).toBe(render(provider, model, {}));
    expect(() => render(provider, model, { top_k: 0, some_field_of_nobody: 1 })).not.toThrow();
  });

  it.each<[string, string, Record<string, unknown>, Record<string, unknown>]>([
    ['anthropic', 'claude-sonnet-4-5', { thinking: { type: 'enabled', budget_tokens: 2000 }, top_k: 40 }, { thinking: { type: 'enabled', budget_tokens: 2000 } }],
    ['anthropic', 'claude-sonnet-4-6', { inference_geo: 'us' }, { inference_geo: 'us' }],
    ['anthropic', 'claude-3-opus-20240229', { top_k: 40, temperature: 0.5 }, { top_k: 40, temperature: 0.5 }],
    ['cohere', 'command-a-reasoning-08-2025', { thinking: { type: 'disabled' }, reasoning_effort: 'high', k: 7, p: 0.5 }, { thinking: { type: 'disabled' }, k: 7, p: 0.5 }],
    ['google', 'gemini-2.5-flash', { top_k: 7 }, { generationConfig: { maxOutputTokens: 9000, topK: 7 } }],
    ['replicate', 'meta/meta-llama-3-70b-instruct', { top_k: 7 }, { input: { prompt: 'Hi', max_tokens: 9000, top_k: 7 } }],
  ])('B21 goes out to %s, %s: %j', (provider, model, fields, wire) => {
    expect(JSON.parse(render(provider, model, fields))).toMatchObject(wire);
  }); // prettier-ignore
});
