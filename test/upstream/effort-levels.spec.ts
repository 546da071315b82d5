import { PROTOCOLS } from '../../src/upstream/protocols/index.js';
import { findProvider } from '../../src/upstream/providers/index.js';
import { callOf } from './calling.js';

/** What a provider is sent for a question with these fields. */
// oxlint-disable-next-line typescript/no-explicit-any
function sent(provider: string, model: string, fields: Record<string, unknown>, settings = {}): any {
  const { protocol, quirks } = findProvider(provider)!;
  const body = { messages: [{ role: 'user', content: 'Hi' }], ...fields };
  return PROTOCOLS[protocol].renderChat(callOf({ provider, model, settings, body }), quirks);
}

describe('reasoning_effort by the model’s name', () => {
  it.each<[string, string, string | undefined]>([
    ['grok-4.3', 'none', 'none'],
    ['grok-4.3', 'xhigh', 'high'],
    ['grok-4-3-reasoning', 'minimal', 'low'],
    ['grok-4.5', 'low', 'low'],
    ['grok-4.5', 'none', 'low'],
    ['grok-4.5', 'max', 'high'],
    ['grok-4.6', 'xhigh', 'xhigh'],
    ['grok-4.6', 'max', 'xhigh'],
    ['grok-4.6-fast', 'medium', 'medium'],
    ['grok-4.12', 'high', 'high'],
    ['grok-5', 'none', 'low'],
    ['grok-latest', 'xhigh', 'xhigh'],
    ['grok-4', 'low', undefined],
    ['grok-4-0709', 'low', undefined],
    ['grok-4-latest', 'low', undefined],
    ['grok-4-fast', 'low', undefined],
    ['grok-4-fast-reasoning', 'low', undefined],
    ['grok-4-1-fast-reasoning', 'low', undefined],
    ['grok-4.20-reasoning', 'low', undefined],
    ['grok-code-fast-1', 'low', undefined],
    ['grok-3', 'low', undefined],
    ['grok-3-mini', 'medium', 'high'],
  ])('B25 %s is told %s as %s', (model, effort, spelt) => {
    expect(sent('xai', model, { reasoning_effort: effort }).reasoning_effort).toBe(spelt);
  });

  it.each<[string, string, string, string | undefined]>([
    ['groq', 'openai/gpt-oss-200b', 'none', 'low'],
    ['groq', 'zai-org/glm-6', 'max', 'high'],
    ['groq', 'llama-3.3-70b-versatile', 'low', undefined],
    ['groq', 'moonshotai/kimi-k2-instruct-0905', 'low', undefined],
    ['perplexity', 'sonar-reasoning-2', 'none', 'minimal'],
    ['perplexity', 'sonar-thinker', 'max', 'high'],
    ['perplexity', 'sonar-pro', 'low', undefined],
    ['cerebras', 'gpt-oss-120b', 'none', 'low'],
    ['cerebras', 'zai-glm-4.7', 'none', 'none'],
    ['together', 'openai/gpt-oss-20b', 'xhigh', 'high'],
    ['fireworks', 'accounts/fireworks/models/kimi-k9', 'minimal', 'low'],
    ['openai', 'gpt-9', 'xhigh', 'xhigh'],
    ['azure', 'prod', 'xhigh', 'xhigh'],
    ['openrouter', 'x-ai/grok-4.6', 'xhigh', 'xhigh'],
  ])('B25 at %s, %s is told %s as %s', (provider, model, effort, spelt) => {
    expect(sent(provider, model, { reasoning_effort: effort }).reasoning_effort).toBe(spelt);
  });

  it('B25 at bedrock and cohere a name that is not known is taken for the newest', () => {
    const effort = { reasoning_effort: 'low' };
    expect(sent('bedrock', 'us.amazon.nova-3-pro-v1:0', effort).additionalModelRequestFields).toHaveProperty(
      'reasoningConfig',
    );
    expect(sent('bedrock', 'us.amazon.nova-pro-v1:0', effort)).not.toHaveProperty(
      'additionalModelRequestFields.reasoningConfig',
    );
    expect(sent('bedrock', 'openai.gpt-oss-2-30b-1:0', effort).additionalModelRequestFields).toEqual({
      reasoning_effort: 'low',
    });
    expect(sent('cohere', 'command-b-12-2026', effort).thinking).toEqual({ type: 'enabled', token_budget: 1024 });
    expect(sent('cohere', 'command-a-03-2025', effort)).not.toHaveProperty('thinking');
  });

  it.each<[string, string, string, string | undefined]>([
    ['mistral', 'magistral-medium-latest', 'none', undefined],
    ['mistral', 'magistral-small-2509', 'high', undefined],
    ['mistral', 'codestral-latest', 'high', undefined],
    ['mistral', 'mistral-large-2411', 'low', undefined],
    ['mistral', 'mistral-medium-2508', 'none', undefined],
    ['mistral', 'open-mistral-nemo', 'low', undefined],
    ['mistral', 'mistral-small-latest', 'minimal', 'none'],
    ['mistral', 'mistral-small-2603', 'low', 'none'],
    ['mistral', 'mistral-medium-3.5', 'max', 'high'],
    ['mistral', 'mistral-huge-2701', 'medium', 'high'],
    ['cerebras', 'llama-3.3-70b', 'low', undefined],
    ['cerebras', 'qwen-3-235b-a22b-instruct-2507', 'none', undefined],
    ['cerebras', 'qwen-5-480b', 'none', 'none'],
    ['sambanova', 'gpt-oss-120b', 'none', 'low'],
    ['sambanova', 'DeepSeek-V3.1', 'max', 'high'],
    ['huggingface', 'openai/gpt-oss-120b:groq', 'none', 'low'],
    ['huggingface', 'openai/gpt-oss-20b', 'xhigh', 'high'],
    ['huggingface', 'Qwen/Qwen3-32B', 'minimal', 'low'],
    ['huggingface', 'zai-org/GLM-5', 'none', 'none'],
    ['ollama', 'gpt-oss:20b', 'none', 'low'],
    ['ollama', 'gpt-oss:120b-cloud', 'max', 'high'],
    ['ollama', 'qwen3:8b', 'none', 'none'],
    ['ollama', 'qwen3:8b', 'xhigh', 'max'],
    ['xai', 'grok-5-fast-non-reasoning', 'low', undefined],
  ])('B25 of what one family alone knows, %s tells %s of %s as %s', (provider, model, effort, spelt) => {
    expect(sent(provider, model, { reasoning_effort: effort }).reasoning_effort).toBe(spelt);
  });

  it('B25 at sambanova thinking goes off by the template, beside what the caller says to it', () => {
    const effort = { reasoning_effort: 'none' };
    expect(sent('sambanova', 'Qwen3-32B', effort).chat_template_kwargs).toEqual({ enable_thinking: false });
    const own = { chat_template_kwargs: { enable_thinking: true, thinking: true } };
    expect(sent('sambanova', 'Qwen3-32B', { ...effort, ...own }).chat_template_kwargs).toEqual(
      own.chat_template_kwargs,
    );
    expect(sent('sambanova', 'gpt-oss-120b', effort)).not.toHaveProperty('chat_template_kwargs');
    expect(sent('together', 'Qwen/Qwen4', { ...effort, reasoning: { exclude: true } }).reasoning).toEqual({
      enabled: false,
      exclude: true,
    });
  });

  it('B25 at xai a model that does not reason takes a stop text', () => {
    expect(sent('xai', 'grok-4-fast-non-reasoning', { stop: ['x'] }).stop).toEqual(['x']);
    expect(() => sent('xai', 'grok-4-fast-reasoning', { stop: ['x'] })).toThrow(
      expect.objectContaining({ param: 'stop' }),
    );
  });

  it.each<[string, string, string | undefined]>([
    ['openai/gpt-5', 'none', 'minimal'],
    ['openai/gpt-5-mini', 'xhigh', 'high'],
    ['openai/gpt-5.1', 'minimal', 'low'],
    ['openai/gpt-5.1', 'none', 'none'],
    ['openai/gpt-5.2', 'max', 'xhigh'],
    ['openai/gpt-7', 'medium', 'medium'],
    ['openai/o4-mini', 'none', 'low'],
    ['openai/o3', 'xhigh', 'high'],
    ['openai/gpt-4o', 'low', undefined],
    ['openai/gpt-4.1-mini', 'low', undefined],
    ['openai/gpt-oss-120b', 'low', undefined],
    ['meta/meta-llama-3-70b-instruct', 'low', undefined],
    ['anthropic/claude-4.5-sonnet', 'low', undefined],
  ])('B25 at replicate, %s is told %s as %s', (model, effort, spelt) => {
    expect(sent('replicate', model, { reasoning_effort: effort }).input.reasoning_effort).toBe(spelt);
  });

  it('B25 at replicate an effort that nobody knows is refused', () => {
    for (const effort of ['constructor', 3, {}]) {
      expect(() => sent('replicate', 'openai/gpt-5', { reasoning_effort: effort })).toThrow(
        expect.objectContaining({ code: 'invalid_parameter', param: 'reasoning_effort' }),
      );
    }
  });

  it.each<[string, string, object | undefined]>([
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-3.1-pro-preview', 'medium', { thinkingLevel: 'medium', includeThoughts: true }],
    ['gemini-2.5-flash-image', 'none', undefined],
    ['gemini-2.5-flash-preview-tts', 'low', undefined],
    ['gemini-3-pro-image-preview', 'low', undefined],
    ['models/gemini-4-flash-image', 'high', undefined],
  ])('H7 %s is told %s as %j', (model, effort, config) => {
    expect(sent('google', model, { reasoning_effort: effort }).generationConfig?.thinkingConfig).toEqual(config);
  });

  it.each<[string, string, string]>([
    ['gemini-3.7-flash', 'none', 'low'],
    ['gemini-3.7-flash', 'minimal', 'low'],
    ['gemini-3.8-flash', 'none', 'low'],
    ['models/gemini-3.8-flash-preview', 'minimal', 'low'],
    ['gemini-3.10-flash', 'minimal', 'low'],
    ['gemini-4-flash', 'none', 'low'],
    ['gemini-3.8-flash', 'high', 'high'],
    ['gemini-3.6-flash', 'minimal', 'minimal'],
    ['gemini-3-flash-preview', 'none', 'minimal'],
    ['gemini-3.7-flash-lite', 'none', 'minimal'],
    ['gemini-3.8-flash-lite', 'minimal', 'minimal'],
    ['gemini-3.8-pro', 'none', 'low'],
    ['gemini-flash-latest', 'none', 'low'],
    ['gemini-flash-latest', 'medium', 'medium'],
    ['gemini-flash-lite-latest', 'none', 'minimal'],
    ['gemini-pro-latest', 'minimal', 'low'],
    ['gemini-ultra', 'none', 'low'],
  ])('H7 %s is told %s as the level %s', (model, effort, level) => {
    const { thinkingConfig } = sent('google', model, { reasoning_effort: effort }).generationConfig;
    expect(thinkingConfig).toEqual({ thinkingLevel: level, ...(effort !== 'none' && { includeThoughts: true }) });
  });
});

describe('the output limit’s name', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['azure', 'my-o3-mini', {}],
    ['azure', 'prod-gpt5', {}],
    ['azure', 'gpt-4o', { api_version: '2024-10-21' }],
    ['azure', 'chat', { api_version: 'preview' }],
    ['openai', 'gpt-5.6', {}],
    ['openai', 'gpt-10', {}],
    ['openai', 'ft:o4-mini:acme::1', {}],
    ['openai', 'chat-latest', {}],
    ['openai', 'daybreak-blue-latest', {}],
  ])('B39 of %s for %s is max_completion_tokens', (provider, model, settings) => {
    const request = sent(provider, model, { max_tokens: 50 }, settings);
    expect(request).toMatchObject({ max_completion_tokens: 50 });
    expect(request).not.toHaveProperty('max_tokens');
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['azure', 'gpt-4o', { api_version: '2024-06-01' }],
    ['openai', 'gpt-4o', {}],
    ['openai', 'ft:gpt-3.5-turbo-0125:acme::1', {}],
    ['openai', 'chatgpt-4o-latest', {}],
  ])('B39 of %s for %s stays max_tokens where only that is known to do', (provider, model, settings) => {
    const request = sent(provider, model, { max_tokens: 50 }, settings);
    expect(request).toMatchObject({ max_tokens: 50 });
    expect(request).not.toHaveProperty('max_completion_tokens');
  });
});
