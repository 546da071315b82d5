import { PriceList } from '../../../src/config/prices/price-list.js';

const NOVEMBER_2026 = Date.UTC(2026, 10, 22, 12);
const prices = new PriceList();
const inputOf = (provider: string, model: string) => {
  const base = prices.priceOf(provider, model, NOVEMBER_2026)?.input?.base;
  return base === undefined ? undefined : Number(base) / 1e9;
};

it('B35 the next version of a model has a price of its own', () => {
  expect(
    ['amazon.titan-embed-text-v1', 'amazon.titan-embed-text-v2:0'].map((model) => inputOf('bedrock', model)),
  ).toEqual([0.1, 0.02]);
  expect(inputOf('bedrock', 'amazon.titan-embed-text-v3:0')).toBeUndefined();
});

it.each([
  ['openai', 'gpt-5-nano-2025-08-07', 'gpt-5-nano'],
  ['openai', 'ft:gpt-4o-2024-08-06:acme::id', 'ft:gpt-4o-2024-08-06'],
  ['openai', 'ft:gpt-4o-mini-2024-07-18:acme:name:id', 'ft:gpt-4o-mini-2024-07-18'],
  ['openai', 'ft:gpt-3.5-turbo-0125:acme::id', 'ft:gpt-3.5-turbo'],
  ['openai', 'gpt-4o-mini-2024-07-18.ft-0123456789abcdef', 'gpt-4o-mini-2024-07-18.ft-'],
  ['openai', 'gpt-5.6-luna-2026-07-01', 'gpt-5.6-luna'],
  ['anthropic', 'claude-3-5-haiku-20241022', 'claude-3-5-haiku-latest'],
  ['anthropic', 'claude-sonnet-4@20250514', 'claude-sonnet-4'],
  ['anthropic', 'claude-opus-4-1-20250805', 'claude-opus-4-1'],
  ['anthropic', 'Claude-Sonnet-4-5-20250929', 'claude-sonnet-4-5'],
  ['google', 'models/gemini-2.5-flash', 'gemini-2.5-flash'],
  ['google', 'gemini-2.0-flash-001', 'gemini-2.0-flash'],
  ['google', 'gemini-2.5-flash-lite-preview-09-2025', 'gemini-2.5-flash-lite'],
  ['mistral', 'magistral-medium-2509', 'magistral-medium-latest'],
  ['deepseek', 'deepseek-r1-0528', 'deepseek-reasoner'],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ['bedrock', 'apac.amazon.nova-lite-v1:0', 'amazon.nova-lite-v1:0'],
  ['bedrock', 'eu.anthropic.claude-opus-4-6-v1', 'us.anthropic.claude-opus-4-6-v1:0'],
])('B35 a fuller name of a model has its price: %s/%s', (provider, fuller, name) => {
  expect(inputOf(provider, fuller)).toBeDefined();
  expect(inputOf(provider, fuller)).toBe(inputOf(provider, name));
});

it.each([
  ['openai', 'gpt-5-nano-search'],
  ['openai', 'gpt-4o-audio-preview-mini'],
  ['openai', 'ft:gpt-3.5-turbo-instruct:acme::id'],
  ['openai', 'some-moderation-model'],
  ['anthropic', 'claude-sonnet-5-5'],
  ['anthropic', 'claude-opus-4-60'],
  ['anthropic', 'claude-opus-4-1-fast'],
  ['anthropic', 'my-claude-v2-clone'],
  ['google', 'gemini-1.5-flash-16b'],
  ['google', 'gemini-2.0-flash-exp-image-generation'],
  ['google', 'gemini-3.6-flash-lite'],
  ['google', 'gemini-3.6-flash-preview'],
  ['deepseek', 'deepseek-r1-distill-llama-70b'],
  ['deepseek', 'deepseek-v4-flash-vision-exp'],
  ['cohere', 'command-light-nightly'],
  ['azure', 'my-o4-mini-in-the-west'],
  ['bedrock', 'amazon.nova-lite-v2:0'],
  ['bedrock', 'amazon.nova-lite-mini-v1:0'],
  ['bedrock', 'mistral.mistral-7b-instruct-v0:3'],
  ['bedrock', 'anthropic.claude-3-5-sonnet-20241022-v1:0'],
  ['bedrock', 'us.anthropic.claude-sonnet-5-5-v1:0'],
  ['bedrock', 'qwen.qwen3-32b-instruct-v2:0'],
])('B35 another model whose name has that of a listed one in it has no price: %s/%s', (provider, model) => {
  expect(prices.priceOf(provider, model, NOVEMBER_2026)).toBeUndefined();
});

it('B37 Azure has OpenAI’s prices where it has none of its own, and those of the others that the list falls back on', () => {
  expect(['gpt-4o', 'gpt-4o-2024-11-20', 'gpt-4.1-mini', 'gpt-5'].map((model) => inputOf('azure', model))).toEqual([
    2.5, 2.5, 0.4, 1.25,
  ]);
  expect(inputOf('azure', 'o4-mini')).toBe(1.1);
  expect(inputOf('azure', 'claude-sonnet-4-5')).toBe(inputOf('anthropic', 'claude-sonnet-4-5'));
  expect(inputOf('azure', 'grok-4.3')).toBe(inputOf('xai', 'grok-4.3'));
  expect(
    ['gpt-35-turbo', 'gpt-35-turbo-0125', 'gpt-35-turbo-0613', 'gpt-35-turbo-16k'].map((model) =>
      inputOf('azure', model),
    ),
  ).toEqual([0.5, 0.5, 1.5, 3]);
  expect([inputOf('azure', 'my-deployment'), inputOf('groq', 'gpt-4o')]).toEqual([undefined, undefined]);
});

it('B35 the same model has the same price under its other names at Amazon', () => {
  const places = ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'];
  const arns = [
    'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0',
  ];
  expect([...places, ...arns].map((model) => inputOf('bedrock', model))).toEqual([3.3, 3.3, 3.3, 3.3, 3.3]);
  const nova = [
    'amazon.nova-2-lite-v1:0',
    'us.amazon.nova-2-lite-v1:0',
    'apac.amazon.nova-2-lite-v1:0',
    'global.amazon.nova-2-lite-v1:0',
  ];
  expect(nova.map((model) => inputOf('bedrock', model))).toEqual([0.33, 0.33, 0.33, 0.3]);
  const global = 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.amazon.nova-2-lite-v1:0';
  expect(inputOf('bedrock', global)).toBe(0.3);
  const own = [
    'application-inference-profile/amazon.nova-lite-v1:0',
    'provisioned-model/abc',
    'custom-model-deployment/amazon.nova-lite-v1:0',
  ];
  expect(own.map((one) => inputOf('bedrock', `arn:aws:bedrock:us-east-1:123456789012:${one}`))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it.each([
  'us-gov.anthropic.claude-3-haiku-20240307-v1:0',
  'us-gov.amazon.nova-lite-v1:0',
  'arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-lite-v1:0',
  'arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.anthropic.claude-3-haiku-20240307-v1:0',
  'arn:aws-cn:bedrock:cn-north-1::foundation-model/amazon.nova-lite-v1:0',
])('B35 a cloud apart has prices of its own, most of which are not listed: %s', (model) => {
  expect(prices.priceOf('bedrock', model, NOVEMBER_2026)).toBeUndefined();
});

it.each([
  ['openrouter', 'meta-llama/llama-3.3-70b-instruct:free'],
  ['openrouter', 'somebody/newest-model:free'],
  ['google', 'gemma-3-27b-it'],
  ['google', 'gemma-4-31b-it'],
  ['google', 'models/gemma-4-26b-a4b-it'],
])('B35 a model that is free of charge costs nothing: %s/%s', (provider, model) => {
  const price = prices.priceOf(provider, model, NOVEMBER_2026);
  expect([price?.input?.base, price?.output?.base]).toEqual([0n, 0n]);
});

it.each([
  ['openrouter', 'openai/gpt-4o:nitro'],
  ['openrouter', 'openai/gpt-4o:freedom'],
  ['mistral', 'devstral-small:free'],
])('B35 any other variant is not: %s/%s', (provider, model) => {
  expect(prices.priceOf(provider, model, NOVEMBER_2026)?.input).toBeUndefined();
});
