import fc from 'fast-check';
import {
  OverlappingPrices,
  PriceOverrides,
  versionInForce,
  type PriceOverride,
} from '../../../src/domain/pricing/price-overrides.js';
import { applyTiers, costOf, type ModelPrice } from '../../../src/domain/pricing/pricing.js';
import { tokenUsage } from '../../../src/domain/pricing/tokens.js';

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY_MS = 86_400_000;

function override(parts: Partial<PriceOverride> = {}): PriceOverride {
  return {
    provider: 'openai',
    model: 'gpt-4o-mini',
    input: '1',
    output: '1',
    validFrom: null,
    validUntil: null,
    ...parts,
  };
}

/** The input price that applies: each price of a test has its own. */
function inputOf(
  overrides: readonly PriceOverride[],
  model: string,
  at = NOW,
  provider = 'openai',
): bigint | undefined {
  return new PriceOverrides(overrides).priceOf(provider, model, at)?.input?.base;
}

describe('which override applies', () => {
  const exact = override({ input: '1' });
  const long = override({ model: 'gpt-4o*', input: '2' });
  const short = override({ model: 'gpt-*', input: '3' });
  const all = override({ model: '*', input: '4' });
  const book = [short, all, long, exact];

  it.each([
    ['gpt-4o-mini', 1n],
    ['GPT-4o-Mini', 1n],
    ['gpt-4o-mini-2024-07-18', 2n],
    ['gpt-4o', 2n],
    ['gpt-5', 3n],
    ['o3', 4n],
  ])('for %s it is price %s: the exact name first, then the longest beginning', (model, input) =>
    expect(inputOf(book, model)).toBe(input),
  );

  it('is one of the same provider', () => {
    expect(inputOf(book, 'gpt-4o-mini', NOW, 'ollama')).toBeUndefined();
    expect(inputOf([], 'gpt-4o-mini')).toBeUndefined();
  });

  it('a star stands for more only at the end, and letters mean themselves', () => {
    expect(inputOf([override({ model: 'gpt.4*' })], 'gpt-4o')).toBeUndefined();
    expect(inputOf([override({ model: 'gpt-4o' })], 'gpt-4o-mini')).toBeUndefined();
  });

  it('while the nearer one is not valid, the next one applies', () => {
    const later = override({ input: '5', validFrom: NOW + 1 });
    expect(inputOf([later, long], 'gpt-4o-mini', NOW)).toBe(2n);
    expect(inputOf([later, long], 'gpt-4o-mini', NOW + 1)).toBe(5n);
  });
});

describe('R31 dates of prices', () => {
  it('R31 every price has a source, a date and a version, and custom prices replace: a price dated tomorrow is not used today', () => {
    const tomorrow = override({ validFrom: NOW + DAY_MS });
    expect(inputOf([tomorrow], 'gpt-4o-mini', NOW + DAY_MS - 1)).toBeUndefined();
    expect(inputOf([tomorrow], 'gpt-4o-mini', NOW + DAY_MS)).toBe(1n);
  });

  it('R31 every price has a source, a date and a version, and custom prices replace: one that has ended is used no longer', () => {
    const ended = override({ validUntil: NOW });
    expect(inputOf([ended], 'gpt-4o-mini', NOW - 1)).toBe(1n);
    expect(inputOf([ended], 'gpt-4o-mini', NOW)).toBeUndefined();
  });

  it('one price may begin at the moment another ends', () => {
    const prices = [override({ input: '2', validFrom: NOW }), override({ input: '1', validUntil: NOW })];
    expect([inputOf(prices, 'gpt-4o-mini', NOW - 1), inputOf(prices, 'gpt-4o-mini', NOW)]).toEqual([1n, 2n]);
  });
});

describe('overlapping prices', () => {
  it.each<[string, Partial<PriceOverride>, Partial<PriceOverride>]>([
    ['both without bounds', {}, {}],
    ['in another case', { model: 'GPT-4o-mini' }, {}],
    ['of one beginning', { model: 'gpt*' }, { model: 'gpt*' }],
    ['one inside the other', { validFrom: 1, validUntil: 9 }, { validFrom: 3, validUntil: 4 }],
    ['for one millisecond', { validUntil: 5 }, { validFrom: 4 }],
  ])(
    'R31 every price has a source, a date and a version, and custom prices replace: overlapping ones are refused, %s',
    (_, a, b) => {
      for (const [first, second] of [
        [a, b],
        [b, a],
      ] as const) {
        const book = [override({ model: 'other' }), override(first), override(second)];
        expect(() => new PriceOverrides(book)).toThrow(OverlappingPrices);
        expect(() => new PriceOverrides(book)).toThrow(expect.objectContaining({ first: 1, second: 2 }));
      }
    },
  );

  it('are those of one provider and one spelling of a name only', () => {
    const book = [
      override(),
      override({ provider: 'ollama' }),
      override({ model: 'gpt-4o-mini*' }),
      override({ model: 'gpt-4o*' }),
    ];
    expect(() => new PriceOverrides(book)).not.toThrow();
  });

  it('are refused exactly when some moment has two prices', () => {
    const bound = fc.option(fc.integer({ min: 0, max: 6 }));
    const span = fc
      .record({ validFrom: bound, validUntil: bound })
      .filter(({ validFrom: a, validUntil: b }) => a === null || b === null || a < b);
    fc.assert(
      fc.property(fc.array(span, { maxLength: 5 }), (spans) => {
        const moments = [-1, 0, 1, 2, 3, 4, 5, 6, 7];
        const valid = (at: number) =>
          spans.filter(({ validFrom, validUntil }) => (validFrom ?? -9) <= at && at < (validUntil ?? 99)).length;
        const create = () => new PriceOverrides(spans.map(override));
        if (moments.some((at) => valid(at) > 1)) expect(create).toThrow(OverlappingPrices);
        else expect(create).not.toThrow();
      }),
    );
  });
});

describe('an override', () => {
  const price = fc.bigInt(0n, 10n ** 12n).map(String);
  const list: ModelPrice = {
    input: { base: 7n, tiers: [{ aboveInputTokens: 100, price: 70n }] },
    cachedInput: { base: 5n, tiers: [] },
    cacheWrite: { base: 9n, tiers: [] },
    output: { base: 11n, tiers: [] },
  };

  it('R31 every price has a source, a date and a version, and custom prices replace: nothing of the list is mixed in or added', () => {
    const optional = {
      cachedInput: price,
      cacheWrite: price,
      cacheWrite1h: price,
      audioInput: price,
      audioOutput: price,
      request: price,
    };
    const parts = fc.record(
      { input: price, output: price, ...optional },
      { requiredKeys: ['input', 'output'] },
    ) as fc.Arbitrary<Omit<PriceOverride, 'provider' | 'model' | 'validFrom' | 'validUntil'>>;
    const count = fc.nat(1_000_000);
    const counts = fc.record({
      input: count,
      cachedInput: count,
      cacheWrite: count,
      cacheWrite1h: count,
      output: count,
      audioInput: count,
      audioOutput: count,
    });
    fc.assert(
      fc.property(parts, counts, (given, reported) => {
        const found = new PriceOverrides([override(given)]).priceOf('openai', 'gpt-4o-mini', NOW) ?? list;
        const applied = applyTiers(found, reported.input);
        expect(applied).toEqual({ cachedInput: given.input, cacheWrite: given.input, ...given });
        const tokens = tokenUsage(reported);
        const bill: readonly (readonly [number, string | undefined])[] = [
          [tokens.input - tokens.cachedInput - tokens.cacheWrite - tokens.audioInput, given.input],
          [tokens.cachedInput, given.cachedInput ?? given.input],
          [tokens.cacheWrite - tokens.cacheWrite1h, given.cacheWrite ?? given.input],
          [tokens.cacheWrite1h, given.cacheWrite1h],
          [tokens.output - tokens.audioOutput, given.output],
          [tokens.audioInput, given.audioInput],
          [tokens.audioOutput, given.audioOutput],
        ];
        const used = bill.filter(([tokenCount]) => tokenCount > 0);
        const half = 500_000n;
        const cost = used.reduce(
          (sum, [tokenCount, perMtok]) => sum + (BigInt(tokenCount) * BigInt(perMtok ?? '0') + half) / 1_000_000n,
          used.length > 0 ? BigInt(given.request ?? '0') : 0n,
        );
        expect(costOf(tokens, applied)).toBe(used.some(([, perMtok]) => perMtok === undefined) ? undefined : cost);
      }),
    );
  });

  it('is the same object at every call, so that what follows from it is computed once', () => {
    const overrides = new PriceOverrides([override({ model: 'gpt*' })]);
    expect(overrides.priceOf('openai', 'gpt-1', NOW)).toBe(overrides.priceOf('openai', 'gpt-2', NOW));
  });
});

it('the version in force names the published book behind the list, unless it overrides nothing', () => {
  expect(versionInForce('list-1', undefined)).toBe('list-1');
  expect(versionInForce('list-1', { version: 'mine', prices: [] })).toBe('list-1');
  expect(versionInForce('list-1', { version: 'mine', prices: [override()] })).toBe('list-1/mine');
});
