import { PriceList } from '../../../src/config/prices/price-list.js';
import { PROVIDERS } from '../../../src/upstream/providers/index.js';
import { isServed } from '../../../src/upstream/calls/served-models.js';

const NOVEMBER_2026 = Date.UTC(2026, 10, 22, 12);
const prices = new PriceList();

function isListed(provider: string, model: string): boolean {
  const known = PROVIDERS.find(({ id }) => id === provider)!;
  return isServed(known, model, prices.priceOf(provider, model, NOVEMBER_2026));
}

const ELSEWHERE: readonly (readonly [kind: string, provider: string, ...models: string[]])[] = [
  ['makes images', 'openai', 'gpt-image-1', 'gpt-image-2-2026-04-21', 'dall-e-3', 'chatgpt-image-latest'],
  ['hears or speaks', 'openai', 'whisper-1', 'tts-1-hd', 'gpt-4o-mini-tts', 'gpt-4o-transcribe-diarize', 'gpt-transcribe'],
  ['is realtime', 'openai', 'gpt-realtime', 'gpt-realtime-2.1-mini', 'gpt-4o-realtime-preview-2024-12-17'],
  ['needs the Responses API', 'openai', 'gpt-5-pro-2025-10-06', 'o3-pro', 'o1-pro-2025-03-19', 'gpt-5.3-codex', 'gpt-5-codex', 'codex-mini-latest'],
  ['needs the Responses API, too', 'openai', 'o4-mini-deep-research', 'computer-use-preview'],
  ['completes texts', 'openai', 'davinci-002', 'babbage-002', 'text-davinci-003', 'gpt-3.5-turbo-instruct-0914', 'curie'],
  ['has that name at OpenRouter alone', 'openai', 'gpt-4o:extended', 'gpt-5-image', 'gpt-5.4-image-2'],
  ['is not served by its maker', 'openai', 'gpt-oss-120b', 'moderation'],
  ['makes images or films', 'google', 'gemini-2.5-flash-image', 'gemini-3-pro-image', 'imagen-4.0', 'veo-3', 'gemini-omni-flash-preview-09'],
  ['speaks', 'google', 'gemini-2.5-pro-preview-tts', 'gemini-3.1-flash-live-preview', 'gemini-2.5-flash-native-audio-latest'],
  ['has another name at Google', 'google', 'claude-sonnet-4-5', 'gemini-pro-1.5', 'gemini-flash-1.5-8b', 'gemma-4-26b-a4b-it-maas'],
  ['reads scans or recordings', 'mistral', 'mistral-ocr-latest', 'mistral-ocr-2512', 'voxtral-mini-latest'],
  ['has another name at Mistral', 'mistral', 'devstral-small:free', 'mistral-small-3.2-24b-instruct', 'mixtral-8x7b', 'mistral-nemo'],
  ['hears', 'groq', 'whisper-large-v3-turbo'],
  ['speaks or needs the Responses API', 'xai', 'grok-voice-latest', 'grok-4.20-multi-agent', 'grok-imagine-image'],
  ['has another name at DeepSeek', 'deepseek', 'deepseek-v3.2-exp'],
  ['has another name at Perplexity', 'perplexity', 'sonar-pro-search'],
  ['makes images, at a router', 'openrouter', 'openai/gpt-5-image', 'google/gemini-3-pro-image-preview'],
  ['has another name at a router', 'openrouter', 'claude-3-opus', 'deepseek-r1:free'],
  ['completes texts at Together', 'together', 'mistralai/Mistral-7B-v0.1', 'togethercomputer/RedPajama-INCITE-7B-Base'],
  ['speaks both ways', 'bedrock', 'amazon.nova-sonic-v1:0', 'us.amazon.nova-2-sonic-v1:0'],
  ['is no region’s name', 'bedrock', 'regional.anthropic.claude-3-opus-20240229-v1:0'],
  ['completes texts, or has another name at Azure', 'azure', 'davinci-002', 'text-ada-001', 'wizardlm-2-8x22b', 'phi-4-reasoning:free'],
  ['may be no deployment', 'azure', 'o3-mini', 'text-embedding-3-small', 'gpt-4o', 'phi-4', 'kimi-k2-thinking'],
  ['is the list’s own word', 'anthropic', 'claude-3-haiku', 'claude-3-sonnet', 'claude-3-5-sonnet'],
  ['is the list’s own word', 'cohere', 'command-a', 'command-r7b'],
  ['is the list’s own word', 'mistral', 'magistral-medium', 'mistral-large', 'ministral-3b', 'ministral-8b', 'mistral-saba', 'voxtral-small-24b-2507'],
  ['is no name of the sandbox’s', 'sandbox', 'no-such-model'],
]; // prettier-ignore

const HERE: readonly (readonly [provider: string, ...models: string[]])[] = [
  ['openai', 'gpt-4o-mini', 'gpt-5.4', 'o3-mini', 'gpt-audio', 'gpt-4o-audio-preview', 'ft:gpt-4o-mini:acme::abc', 'gpt-4o-search-preview'],
  ['openai', 'text-embedding-3-small', 'text-embedding-ada-002', 'omni-moderation-latest'],
  ['google', 'gemini-2.5-flash', 'gemini-embedding-001', 'gemini-pro', 'gemma-4-31b-it'],
  ['mistral', 'mistral-large-latest', 'codestral-2508', 'mistral-embed', 'mistral-moderation-latest', 'open-mixtral-8x7b'],
  ['openrouter', 'openai/gpt-5-pro', 'deepseek/deepseek-r1:free', '~openai/gpt-latest', 'openai/gpt-3.5-turbo-instruct'],
  ['xai', 'grok-4.3', 'grok-2-vision-1212'],
  ['together', 'mistralai/Mistral-7B-Instruct-v0.1', 'google/gemma-7b'],
  ['anthropic', 'claude-3-haiku-20240307', 'claude-3-5-haiku-latest', 'claude-opus-4-5'],
  ['cohere', 'command-a-03-2025', 'command-r7b-12-2024', 'command-r-plus'],
  ['mistral', 'magistral-medium-latest', 'ministral-3b-latest', 'ministral-8b-latest'],
  ['bedrock', 'amazon.titan-embed-text-v1', 'amazon.nova-pro-v1:0'],
  ['deepseek', 'deepseek-chat', 'deepseek-v4-pro'],
  ['sandbox', 'echo', 'embed', 'moderate'],
]; // prettier-ignore

describe('C1 a model that no endpoint here reaches is not listed', () => {
  it.each(ELSEWHERE)('C1 what %s: %s', (_, provider, ...models) => {
    expect(models.filter((model) => isListed(provider, model))).toEqual([]);
  });

  it.each(HERE)('C1 all others of %s are: %s', (provider, ...models) => {
    expect(models.filter((model) => !isListed(provider, model))).toEqual([]);
  });

  it('C1 a deployment is listed once the operator has set its price', () => {
    const azure = PROVIDERS.find(({ id }) => id === 'azure')!;
    const price = { input: { base: 1n, tiers: [] }, output: { base: 1n, tiers: [] }, isCustom: true } as const;
    expect(['o3-mini', 'chat-in-production'].filter((model) => isServed(azure, model, price))).toEqual([
      'o3-mini',
      'chat-in-production',
    ]);
  });

  it('C1 every name that a provider adds to the list has a price there, or judges', () => {
    const unpriced = PROVIDERS.flatMap(({ id, models = [] }) =>
      models.filter((model) => prices.priceOf(id, model, NOVEMBER_2026) === undefined).map((model) => `${id}/${model}`),
    );
    expect(unpriced.filter((model) => !model.includes('moderation'))).toEqual([]);
  });

  it('C1 vectors alone are listed where vectors are made', () => {
    const vectors = { input: { base: 1n, tiers: [] }, sells: 'vectors' } as const;
    const listing = PROVIDERS.filter((provider) => isServed(provider, 'x/some-vectors', vectors)).map(({ id }) => id);
    expect(listing).toEqual(
      PROVIDERS.filter(({ id, embeddings }) => embeddings && id !== 'sandbox' && id !== 'azure').map(({ id }) => id),
    );
  });
});
