import { calcPrice, findProvider } from '@pydantic/genai-prices';
import { PriceList } from '../../../src/config/prices/price-list.js';
import { applyTiers, costOf } from '../../../src/domain/pricing/pricing.js';
import { NO_TOKENS } from '../../../src/domain/pricing/tokens.js';

const NOVEMBER_2026 = Date.UTC(2026, 10, 22, 12);
const prices = new PriceList();

describe('the price list', () => {
  it('names its content', () => {
    expect(prices.version).toMatch(/^genai-prices-\d+\.\d+\.\d+\+[0-9a-f]{12}$/);
    expect(new PriceList().version).toBe(prices.version);
  });

  it('turns list prices into whole nano-dollars per million tokens', () => {
    expect(applyTiers(prices.priceOf('openai', 'gpt-4o-mini', NOVEMBER_2026)!, 0)).toEqual({
      input: '150000000',
      cachedInput: '75000000',
      cacheWrite: '150000000',
      output: '600000000',
    });
  });

  it.each([
    ['openai', 'openai', 50],
    ['anthropic', 'anthropic', 15],
    ['google', 'google', 25],
    ['mistral', 'mistral', 20],
    ['groq', 'groq', 15],
    ['together', 'together', 40],
    ['fireworks', 'fireworks', 15],
    ['deepseek', 'deepseek', 4],
    ['xai', 'x-ai', 10],
    ['cerebras', 'cerebras', 4],
    ['cohere', 'cohere', 5],
    ['openrouter', 'openrouter', 300],
    ['azure', 'azure', 10],
    ['bedrock', 'aws', 50],
    ['huggingface', 'huggingface_together', 15],
  ])(
    'agrees with its source on every listed model of %s, within the rounding of floating point',
    (provider, listedId, least) => {
      const tokens = { ...NO_TOKENS, input: 300_000, cachedInput: 100_000, output: 50_000 };
      const usage = { input_tokens: 300_000, cache_read_tokens: 100_000, output_tokens: 50_000 };
      const timestamp = new Date(NOVEMBER_2026);
      let compared = 0;
      for (const model of findProvider({ providerId: listedId })!.models) {
        const id = provider === 'fireworks' ? `accounts/fireworks/models/${model.id}` : model.id;
        const price = prices.priceOf(provider, provider === 'huggingface' ? `${id}:together` : id, NOVEMBER_2026);
        const ours = price && costOf(tokens, applyTiers(price, tokens.input));
        const theirs = calcPrice(usage, id, { providerId: listedId, timestamp });
        if (ours === undefined || !theirs) continue;
        expect([id, Number(ours) / 1e9]).toEqual([id, expect.closeTo(theirs.total_price, 6)]);
        compared++;
      }
      expect(compared).toBeGreaterThanOrEqual(least);
    },
  );

  it('knows whom Hugging Face routes to, by the end of a name, and no price of its own choice', () => {
    const inputOf = (model: string) => prices.priceOf('huggingface', model, NOVEMBER_2026)?.input?.base;
    expect(inputOf('Qwen/Qwen3-32B:groq')).toBeGreaterThan(0n);
    expect(inputOf('Qwen/Qwen3-32B:sambanova')).not.toBe(inputOf('Qwen/Qwen3-32B:groq'));
    expect(['Qwen/Qwen3-32B', 'Qwen/Qwen3-32B:fastest', 'Qwen/Qwen3-32B:nobody'].map(inputOf)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(prices.modelsOf('huggingface').map(({ model }) => model)).toContain('Qwen/Qwen3-32B:groq');
  });

  it('does not use a price before its day', () => {
    const before = Date.UTC(2026, 6, 29);
    const after = Date.UTC(2026, 6, 30);
    const input = (at: number) => prices.priceOf('openai', 'gpt-5.6-luna', at)?.input?.base;
    expect(input(before)).toBe(1_000_000_000n);
    expect(input(after)).toBe(200_000_000n);
  });

  it('has moderation free of charge, which the list has without any price', () => {
    for (const model of ['omni-moderation-latest', 'omni-moderation-2024-09-26', 'text-moderation-stable']) {
      expect(
        costOf({ ...NO_TOKENS, input: 1_000_000 }, applyTiers(prices.priceOf('openai', model, NOVEMBER_2026)!, 0)),
      ).toBe(0n);
    }
    expect(prices.priceOf('mistral', 'omni-moderation-latest', NOVEMBER_2026)).toBeUndefined();
  });

  it('knows the sandbox, and says so where it knows nothing', () => {
    expect(applyTiers(prices.priceOf('sandbox', 'echo', NOVEMBER_2026)!, 0)).toMatchObject({
      input: '1000000000',
      output: '2000000000',
    });
    expect(prices.priceOf('openai', 'no-such-model', NOVEMBER_2026)).toBeUndefined();
    expect(prices.priceOf('ollama', 'llama3', NOVEMBER_2026)).toBeUndefined();
  });
});
