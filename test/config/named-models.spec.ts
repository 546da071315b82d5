import { PriceList } from '../../src/config/prices/price-list.js';
import { PriceOverrides } from '../../src/domain/pricing/price-overrides.js';

const NOVEMBER_2026 = Date.UTC(2026, 10, 22, 12);
const prices = new PriceList();
const namesOf = (provider: string) => prices.modelsOf(provider).map(({ model }) => model);

describe('the models that the price list names', () => {
  it('have prices, each under the name that calls are made by', () => {
    for (const provider of ['openai', 'anthropic', 'google', 'mistral', 'fireworks', 'openrouter', 'bedrock']) {
      const names = namesOf(provider);
      expect([provider, names.length > 5]).toEqual([provider, true]);
      expect([provider, names.filter((name) => !prices.priceOf(provider, name, NOVEMBER_2026))]).toEqual([
        provider,
        [],
      ]);
      expect([provider, names.length]).toEqual([provider, new Set(names).size]);
    }
  });

  it('go by a name of their provider’s where the list has a word of its own', () => {
    expect(namesOf('fireworks')).toContain('accounts/fireworks/models/llama-v3p1-8b-instruct');
    expect(namesOf('mistral')).toEqual(expect.arrayContaining(['codestral-latest', 'mistral-large']));
    expect(namesOf('mistral')).not.toContain('codestral');
  });

  it('are none that the list calls deprecated, and none that stand for the beginning of names', () => {
    expect(namesOf('google')).toContain('gemini-2.5-pro');
    expect(namesOf('google').filter((name) => name === 'gemini-2.5-flash-preview')).toEqual([]);
    expect(namesOf('openai').filter((name) => name.endsWith('-'))).toEqual([]);
  });

  it('come with the size of their context, where the list knows it', () => {
    expect(prices.modelsOf('openai').find(({ model }) => model === 'gpt-4o-mini')).toEqual({
      model: 'gpt-4o-mini',
      contextTokens: 128_000,
    });
  });

  it('are none of a provider that is not listed', () => {
    expect([namesOf('ollama'), namesOf('sandbox'), namesOf('opemai')]).toEqual([[], [], []]);
  });
});

it('of the operator’s prices those for whole names name a model', () => {
  const price = { input: '1', output: '1', validFrom: null, validUntil: null };
  const overrides = new PriceOverrides([
    { provider: 'ollama', model: 'llama3', ...price },
    { provider: 'ollama', model: 'qwen*', ...price },
    { provider: 'openai', model: 'gpt-4o', ...price },
  ]);
  expect([overrides.namesOf('ollama'), overrides.namesOf('xai')]).toEqual([['llama3'], []]);
});
