import { nanoUsd, type NanoUsd } from './money.js';
import type { ModelPrice, NanoUsdPerMtok, TieredPrice } from './pricing.js';

/** The dearest a token of a model can be, whichever tier and component applies. */
export interface HighestPrice {
  readonly input: NanoUsdPerMtok;
  readonly output: NanoUsdPerMtok;
}

const TOKENS_PER_MTOK = 1_000_000n;

/** Each of the four components of a cost is rounded on its own, by half a nano-dollar upwards at most. */
const ROUNDING_NANO_USD = 2n;

/** The highest price of each kind of token; undefined when input or output has no price, since nothing bounds the cost then. */
export function highestPrice({ input, cachedInput, cacheWrite, output }: ModelPrice): HighestPrice | undefined {
  if (!input || !output) return undefined;
  const inputs = [input, cachedInput ?? input, cacheWrite ?? input].map(highestTier);
  return { input: inputs.reduce(greater), output: highestTier(output) };
}

/** What so many tokens cost at most. Never below what `costOf` makes of the same or fewer tokens. */
export function highestCost(price: HighestPrice, inputTokens: number, outputTokens: number): NanoUsd {
  const exact = BigInt(inputTokens) * price.input + BigInt(outputTokens) * price.output;
  return nanoUsd(exact === 0n ? 0n : ceilingOf(exact, TOKENS_PER_MTOK) + ROUNDING_NANO_USD);
}

/** How many output tokens an amount pays for beside the input; negative when not even that fits. Infinite where output is free. */
export function outputTokensWithin(amount: NanoUsd, price: HighestPrice, inputTokens: number): number {
  if (highestCost(price, inputTokens, 0) > amount) return -1;
  if (price.output === 0n) return Infinity;
  const left = (amount - ROUNDING_NANO_USD) * TOKENS_PER_MTOK - BigInt(inputTokens) * price.input;
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
