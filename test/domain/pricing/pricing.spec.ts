import fc from 'fast-check';
import { nanoUsd } from '../../../src/domain/money.js';
import { applyTiers, billedCost, costOf, type ModelPrice } from '../../../src/domain/pricing/pricing.js';
import { NO_TOKENS, tokenUsage } from '../../../src/domain/pricing/tokens.js';

const flat = (usdPerMtok: number) => ({ base: BigInt(Math.round(usdPerMtok * 1e9)), tiers: [] });
const price: ModelPrice = { input: flat(0.15), cachedInput: flat(0.075), cacheWrite: flat(0.1875), output: flat(0.6) };

describe('the cost of a call', () => {
  it('prices every component once: a part is never added on top of the total that contains it', () => {
    const tokens = tokenUsage({ input: 1200, cachedInput: 200, cacheWrite: 100, output: 340, reasoning: 300 });
    expect(costOf(tokens, applyTiers(price, tokens.input))).toBe(900n * 150n + 200n * 75n + 18_750n + 340n * 600n);
  });

  it('rounds each component half up to the nano-dollar', () => {
    const odd: ModelPrice = { input: { base: 500_000n, tiers: [] }, output: { base: 499_999n, tiers: [] } };
    expect(costOf({ ...NO_TOKENS, input: 1, output: 1 }, applyTiers(odd, 1))).toBe(1n);
  });

  it('charges the whole call at the tier its prompt reaches, not a token earlier', () => {
    const tiered: ModelPrice = {
      input: { base: 1_000_000n, tiers: [{ aboveInputTokens: 200, price: 2_000_000n }] },
      output: flat(0),
    };
    expect(costOf({ ...NO_TOKENS, input: 200 }, applyTiers(tiered, 200))).toBe(200n);
    expect(costOf({ ...NO_TOKENS, input: 201 }, applyTiers(tiered, 201))).toBe(402n);
  });

  it('bills a component without a price of its own as input', () => {
    const tokens = tokenUsage({ input: 100, cachedInput: 60, cacheWrite: 40 });
    expect(costOf(tokens, applyTiers({ input: flat(1) }, 100))).toBe(100_000n);
  });

  it('prices cache writes by their lifetime, audio on its own, and the request itself once', () => {
    const vector: ModelPrice = {
      ...price,
      cacheWrite1h: flat(0.3),
      audioInput: flat(10),
      audioOutput: flat(20),
      request: nanoUsd(5_000_000n),
    };
    const tokens = tokenUsage({
      input: 1000,
      cacheWrite: 300,
      cacheWrite1h: 100,
      audioInput: 50,
      output: 80,
      audioOutput: 30,
    });
    const cost =
      650n * 150n + (200n * 1875n) / 10n + 100n * 300n + 50n * 10_000n + 50n * 600n + 30n * 20_000n + 5_000_000n;
    expect(costOf(tokens, applyTiers(vector, tokens.input))).toBe(cost);
    expect(costOf(NO_TOKENS, applyTiers(vector, 0))).toBe(0n);
  });

  it('is unknown for a lifetime of cache writes without a price, which other inputs say nothing about', () => {
    const tokens = tokenUsage({ input: 10, cacheWrite: 5, cacheWrite1h: 1 });
    expect(costOf(tokens, applyTiers(price, 10))).toBeUndefined();
  });

  it('is what the provider says it is, or else that of what it bills', () => {
    const tokens = tokenUsage({ input: 1000, output: 10 });
    const billedTokens = tokenUsage({ input: 900, output: 10 });
    const applied = applyTiers(price, 1000);
    expect(billedCost({ tokens, billedTokens: null, statedCostNanoUsd: null }, applied)).toBe(156_000n);
    expect(billedCost({ tokens, billedTokens, statedCostNanoUsd: null }, applied)).toBe(141_000n);
    expect(billedCost({ tokens, billedTokens, statedCostNanoUsd: '7' }, {})).toBe(7n);
  });

  it('is unknown when a used component has no price, and zero when nothing was used', () => {
    expect(costOf({ ...NO_TOKENS, input: 1 }, {})).toBeUndefined();
    expect(costOf({ ...NO_TOKENS, output: 1 }, applyTiers({ input: flat(1) }, 0))).toBeUndefined();
    expect(costOf({ ...NO_TOKENS, input: 5, audioInput: 1 }, applyTiers(price, 5))).toBeUndefined();
    expect(costOf(NO_TOKENS, {})).toBe(0n);
  });

  it('never falls when a call uses more tokens', () => {
    const count = fc.nat(1_000_000);
    fc.assert(
      fc.property(count, count, count, (input, output, more) => {
        const less = costOf({ ...NO_TOKENS, input, output }, applyTiers(price, input))!;
        const greater = costOf(
          { ...NO_TOKENS, input: input + more, output: output + more },
          applyTiers(price, input + more),
        )!;
        expect(greater >= less).toBe(true);
      }),
    );
  });
});

describe('token counts', () => {
  it('clamp parts to their total and ignore what is not a count', () => {
    expect(tokenUsage({ input: 10, cachedInput: 50, cacheWrite: 5, output: -3, reasoning: 7 })).toEqual({
      ...NO_TOKENS,
      input: 10,
      cachedInput: 10,
    });
    expect(tokenUsage({ input: '7', output: 1.5, reasoning: NaN, audioInput: null })).toEqual(NO_TOKENS);
  });
});
