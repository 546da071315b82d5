import type { CallContent } from '../../src/domain/call/call.js';
import { RenderedSizes } from '../../src/upstream/calls/rendered-sizes.js';
import { boundOf as boundOfCall } from '../../src/policy/bounds/call-bound.js';
import { asking, OUTGOING } from './outgoing-requests.js';

const sizes = new RenderedSizes();
const at = (id: string, model?: string) => {
  const { target } = OUTGOING.find(({ provider }) => provider.id === id)!;
  return { ...target, model: model ?? target.model };
};
const boundAt = (id: string, fields: object = {}, model?: string) =>
  boundOfCall({ endpoint: 'chat.completions', body: asking({ ...fields }) }, at(id, model), sizes);
const unpriced = (param: string) =>
  expect.objectContaining({ code: 'model_unpriced', param, message: expect.stringContaining(param) });

describe('fields that can change the price', () => {
  it.each<[string, Record<string, unknown>, string, string?]>([
    ['openrouter', { provider: { sort: 'throughput' } }, 'provider'],
    ['openrouter', { preset: 'x' }, 'preset'],
    ['openrouter', { reasoning: { max_tokens: 100_000 } }, 'reasoning'],
    ['openrouter', { reasoning: ['high'] }, 'reasoning'],
    ['openrouter', { cache_control: { type: 'ephemeral' } }, 'cache_control'],
    ['openrouter', { web_search_options: {}, prediction: { type: 'content', content: 'x' } }, 'prediction'],
    ['mistral', { guardrails: [{ block_on_error: true }] }, 'guardrails'],
    ['mistral', { prediction: { type: 'content', content: 'x' } }, 'prediction'],
    ['cerebras', { prediction: { type: 'content', content: 'x' } }, 'prediction'],
    ['cerebras', { service_tier: 'priority' }, 'service_tier'],
    ['groq', { service_tier: 'flex' }, 'service_tier'],
    ['groq', { search_settings: { include_domains: ['a'] } }, 'search_settings'],
    ['xai', { search_parameters: { mode: 'off' } }, 'search_parameters'],
    ['xai', { deferred: true }, 'deferred'],
    ['azure', { data_sources: [] }, 'data_sources'],
    ['together', { safety_model: 'x' }, 'safety_model'],
    ['together', { chat_template_kwargs: { documents: ['x'] } }, 'chat_template_kwargs'],
    ['together', { chat_template_kwargs: { thinking: 'x'.repeat(100) } }, 'chat_template_kwargs'],
    ['fireworks', { thinking: { type: 'enabled', budget_tokens: 9_000 } }, 'thinking'],
    ['anthropic', { inference_geo: 'us' }, 'inference_geo'],
    ['bedrock', { anthropic_beta: ['context-1m'] }, 'anthropic_beta'],
    [
      'bedrock',
      { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } },
      'reasoningConfig',
      'us.amazon.nova-2-lite-v1:0',
    ],
    ['openai', { previous_response_id: 'resp_1' }, 'previous_response_id'],
    ['openai', { prompt: { id: 'pmpt_1' } }, 'prompt'],
    ['openai', { max_output_tokens: 5 }, 'max_output_tokens'],
    ['openai', { num_generations: 5 }, 'num_generations'],
    ['openai', { candidateCount: 5 }, 'candidateCount'],
    ['ollama', { options: { num_predict: 50_000 } }, 'options'],
    ['sandbox', JSON.parse('{"__proto__": {"x": 1}}') as Record<string, unknown>, '__proto__'],
    ['sandbox', { constructor: 'x' }, 'constructor'],
    ['sandbox', { toString: 'x' }, 'toString'],
  ])('S1 are refused by name: %s %j', (id, fields, param, ...[model]) => {
    expect(() => boundAt(id, fields, model)).toThrow(unpriced(param));
  });

  it.each<[string, object, string]>([
    ['a film in a message', { messages: [{ role: 'user', content: 'Hi', video_url: 'https://example.com' }] }, 'messages[0].video_url'],
    ['images in a message', { messages: [{ role: 'user', content: 'Hi', images: ['AAAA'] }] }, 'messages[0].images'],
    ['an image in a text', { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', image_url: 'https://example.com' }] }] }, 'messages[0].content[0].image_url'],
    ['a file beside an image', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' }, file: {} }] }] }, 'messages[0].content[0].file'],
    ['a content that is a part', { messages: [{ role: 'user', content: { type: 'input_audio', input_audio: { data: 'AA' } } }] }, 'messages[0].content[0]'],
    ['a tool that names no type', { tools: [{ google_search: {} }] }, 'tools[0]'],
    ['a tool whose type is no word', { tools: [{ type: { function: 1 }, function: { name: 'f' } }] }, 'tools[0]'],
  ])('S1 are refused in their places: %s', (_, fields, param) => {
    expect(() => boundAt('openai', fields)).toThrow(expect.objectContaining({ code: 'model_unpriced', param }));
  }); // prettier-ignore

  it.each<[string, object, string?]>([
    [
      'openai',
      {
        store: true,
        metadata: { a: 'b' },
        parallel_tool_calls: false,
        verbosity: 'low',
        prompt_cache_key: 'k',
        service_tier: 'auto',
      },
    ],
    [
      'openai',
      {
        stream: true,
        stream_options: { include_usage: true },
        logprobs: true,
        top_logprobs: 3,
        modalities: ['text'],
        seed: 1,
        top_k: 5,
      },
    ],
    ['groq', { service_tier: 'default', reasoning_format: 'hidden', include_reasoning: true }],
    ['groq', { service_tier: 'on_demand' }],
    ['mistral', { safe_prompt: true, prompt_mode: 'reasoning', random_seed: 1, service_tier: 'priority', store: true }],
    [
      'openrouter',
      {
        usage: { include: true },
        reasoning: { effort: 'high', exclude: true },
        transforms: ['middle-out'],
        include_reasoning: true,
      },
    ],
    [
      'together',
      { chat_template_kwargs: { enable_thinking: false }, context_length_exceeded_behavior: 'error', min_p: 0.1 },
    ],
    ['fireworks', { thinking: { type: 'disabled' }, context_length_exceeded_behavior: 'truncate' }],
    [
      'deepseek',
      { thinking: { type: 'enabled' }, service_tier: 'priority', prediction: { type: 'content', content: 'x' } },
    ],
    ['bedrock', { thinking: { type: 'enabled', budget_tokens: 2_000 }, top_k: 5 }],
    ['bedrock', { reasoning_effort: 'high' }, 'us.amazon.nova-2-lite-v1:0'],
    ['google', { safety_settings: [{ category: 'x', threshold: 'y' }], top_k: 5, best_of: 3 }],
    ['anthropic', { service_tier: 'priority', reasoning_effort: 'high', verbosity: 'low' }],
  ])('are none that bill nothing, nor what does not go out: %s %j', (id, fields, ...[model]) => {
    expect(boundAt(id, fields, model).inputTokens).toBe(boundAt(id, {}, model).inputTokens);
  });

  it('S1 count the largest limit and the most answers that go out, whatever they are called', () => {
    expect(boundAt('ollama', { max_completion_tokens: 5, max_tokens: 900 })).toMatchObject({ askedOutputTokens: 5 });
    expect(boundAt('google', { n: 3, max_tokens: 7 })).toMatchObject({ choices: 3, askedOutputTokens: 7 });
    expect(boundAt('replicate', { max_tokens: 7 })).toMatchObject({ choices: 1, askedOutputTokens: 7 });
    expect(boundAt('anthropic', {})).toMatchObject({ askedOutputTokens: undefined });
  });

  it('S1 are counted however large they are', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(boundAt('ollama', { max_tokens: most })).toMatchObject({ askedOutputTokens: most });
    for (const fields of [{ n: most, max_tokens: most }, { n: most }, { max_tokens: 1e308 }, { n: 1e308 }]) {
      expect(() => boundAt('ollama', fields)).toThrow(expect.objectContaining({ status: 400 }));
      expect(() => boundAt('openai', fields)).toThrow(expect.objectContaining({ code: 'invalid_parameter' }));
    }
  });

  it('S1 are refused at once, and named in short, however many there are and however long their names', () => {
    const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`field_${at}`, 1]));
    expect(() => boundAt('openai', many)).toThrow(unpriced('field_0'));
    expect(() => boundAt('openai', { ['x'.repeat(1_000_000)]: 1 })).toThrow(unpriced('x'.repeat(100)));
  });

  it('S1 count a prompt twice where it may be written to a cache at a price that no list has', () => {
    const said = (mark: object) => ({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'x'.repeat(1_000), ...mark }] }],
    });
    const [plain, marked] = [{}, { cache_control: { type: 'ephemeral', ttl: '1h' } }].map((mark) => said(mark));
    expect(boundAt('openrouter', marked).inputTokens).toBeGreaterThan(2 * boundAt('openrouter', plain).inputTokens);
    expect(boundAt('openai', marked).inputTokens).toBeLessThan(1.2 * boundAt('openai', plain).inputTokens);
  });

  it('B31 counts what Bedrock is to keep for an hour twice, wherever it stands, and for five minutes once', () => {
    const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const bound = (at: 'system' | 'user' | 'tool', mark: object) => {
      const content = [{ type: 'text', text: 'x'.repeat(10_000), ...mark }];
      const calls = { role: 'assistant', tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }] };
      const last = at === 'tool' ? [calls, { role: 'tool', tool_call_id: 'c1', content }] : [{ role: at, content }];
      return boundAt('bedrock', { messages: [...last, { role: 'user', content: 'Hi' }] }, claude).inputTokens;
    };
    for (const at of ['system', 'user', 'tool'] as const) {
      const [plain, short, long] = [{}, { cache_control: { type: 'ephemeral' } }, { cache_control: { type: 'ephemeral', ttl: '1h' } }].map((mark) => bound(at, mark)) as [number, number, number];
      expect([at, short < 1.2 * plain, long > 2 * plain]).toEqual([at, true, true]);
    }
  }); // prettier-ignore

  it.each<[string, CallContent, string]>([
    ['openai', { endpoint: 'embeddings', body: { model: 'x', input: 'Hi', task: 'x' } }, 'task'],
    ['huggingface', { endpoint: 'embeddings', body: { model: 'x', input: 'Hi', prompt_name: 'query' } }, 'prompt_name'],
    ['sandbox', { endpoint: 'moderations', body: { model: 'x', input: 'Hi', extra: 1 } }, 'extra'],
  ])('S1 are refused where texts are embedded or judged: %s %j', (id, call, param) => {
    expect(() => boundOfCall(call, at(id), sizes)).toThrow(unpriced(param));
  });
});
