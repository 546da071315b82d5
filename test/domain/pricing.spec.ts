import fc from 'fast-check';
import { applyTiers, costOf, type ModelPrice } from '../../src/domain/pricing.js';
import { NO_TOKENS, tokenUsage } from '../../src/domain/tokens.js';

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
    const tiered: ModelPrice = { input: { base: 1_000_000n, tiers: [{ aboveInputTokens: 200, price: 2_000_000n }] }, output: flat(0) };
    expect(costOf({ ...NO_TOKENS, input: 200 }, applyTiers(tiered, 200))).toBe(200n);
    expect(costOf({ ...NO_TOKENS, input: 201 }, applyTiers(tiered, 201))).toBe(402n);
  });

  it('bills a component without a price of its own as input', () => {
    const tokens = tokenUsage({ input: 100, cachedInput: 60, cacheWrite: 40 });
    expect(costOf(tokens, applyTiers({ input: flat(1) }, 100))).toBe(100_000n);
  });

  it('is unknown when a used component has no price, and zero when nothing was used', () => {
    expect(costOf({ ...NO_TOKENS, input: 1 }, {})).toBeUndefined();
    expect(costOf({ ...NO_TOKENS, output: 1 }, applyTiers({ input: flat(1) }, 0))).toBeUndefined();
    expect(costOf({ ...NO_TOKENS, input: 5, audio: 1 }, applyTiers(price, 5))).toBeUndefined();
    expect(costOf(NO_TOKENS, {})).toBe(0n);
  });

  it('never falls when a call uses more tokens', () => {
    const count = fc.nat(1_000_000);
    fc.assert(
      fc.property(count, count, count, (input, output, more) => {
        const less = costOf({ ...NO_TOKENS, input, output }, applyTiers(price, input))!;
        const greater = costOf({ ...NO_TOKENS, input: input + more, output: output + more }, applyTiers(price, input + more))!;
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
    expect(tokenUsage({ input: '7', output: 1.5, reasoning: NaN, audio: null })).toEqual(NO_TOKENS);
  });
});
