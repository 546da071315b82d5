import { nanoUsd, type NanoUsd } from './money.js';
import type { ModelPrice, NanoUsdPerMtok, TieredPrice } from './pricing.js';

/** The dearest a token of a model can be, whichever tier and component applies. */
export interface HighestPrice {
  readonly input: NanoUsdPerMtok;
  readonly output: NanoUsdPerMtok;
  /** What the request itself costs, in nano-USD. */
  readonly request: NanoUsd;
}

const TOKENS_PER_MTOK = 1_000_000n;

/**
 * Each of the five components of a text call's cost is rounded on its own, by half a nano-dollar upwards at most. The sum is whole, so that
 * it exceeds the exact cost, rounded up to a whole nano-dollar itself, by two at most.
 */
const ROUNDING_NANO_USD = 2n;

/** The highest price of each kind of token; undefined when input or output has no price, since nothing bounds the cost then. */
export function highestPrice({ input, cachedInput, cacheWrite, cacheWrite1h, output, request }: ModelPrice): HighestPrice | undefined {
  if (!input || !output) return undefined;
  const inputs = [input, cachedInput ?? input, cacheWrite ?? input, cacheWrite1h ?? input].map(highestTier);
  return { input: inputs.reduce(greater), output: highestTier(output), request: request ?? nanoUsd(0n) };
}

/** What so many tokens cost at most. Never below what `costOf` makes of the same or fewer tokens. */
export function highestCost(price: HighestPrice, inputTokens: number, outputTokens: number): NanoUsd {
  const exact = BigInt(inputTokens) * price.input + BigInt(outputTokens) * price.output;
  const ofTokens = exact === 0n ? 0n : ceilingOf(exact, TOKENS_PER_MTOK) + ROUNDING_NANO_USD;
  return nanoUsd(ofTokens + price.request);
}

/** How many output tokens an amount pays for beside the input; negative when not even that fits. Infinite where output is free. */
export function outputTokensWithin(amount: NanoUsd, price: HighestPrice, inputTokens: number): number {
  if (highestCost(price, inputTokens, 0) > amount) return -1;
  if (price.output === 0n) return Infinity;
  const left = (amount - price.request - ROUNDING_NANO_USD) * TOKENS_PER_MTOK - BigInt(inputTokens) * price.input;
  return left < 0n ? 0 : Number(left / price.output);
}

function highestTier({ base, tiers }: TieredPrice): NanoUsdPerMtok {
  return tiers.map(({ price }) => price).reduce(greater, base);
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function ceilingOf(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
