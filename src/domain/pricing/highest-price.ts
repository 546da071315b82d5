import { nanoUsd, type NanoUsd, type NanoUsdText } from '../money.js';
import type { ModelPrice, NanoUsdPerMtok, TieredPrice } from './pricing.js';

/** The dearest a token of a model can be, whichever tier and component applies. */
export interface HighestPrice {
  readonly input: NanoUsdPerMtok;
  readonly output: NanoUsdPerMtok;
  /** What the request itself costs, in nano-USD. */
  readonly request: NanoUsd;
  /**
   * Nano-USD: each component of a cost is rounded on its own, by half a nano-dollar upwards at most. The sum is whole,
   * so that it exceeds the exact cost, rounded up to a whole nano-dollar itself, by half as many as there are
   * components at most. Left out for the components that every model has.
   */
  readonly rounding?: bigint;
}

/** The same as plain JSON, with its amounts as decimal strings. */
export interface HighestPriceText {
  readonly input: string;
  readonly output: string;
  readonly request: NanoUsdText;
  readonly rounding?: NanoUsdText;
}

/** Writes a highest price as plain JSON. */
export function highestPriceText({ input, output, request, rounding }: HighestPrice): HighestPriceText {
  const amounts = { input: input.toString(), output: output.toString(), request: request.toString() };
  return rounding === undefined ? amounts : { ...amounts, rounding: rounding.toString() };
}

/** Reads a highest price again. */
export function highestPriceOf({ input, output, request, rounding }: HighestPriceText): HighestPrice {
  const amounts = { input: nanoUsd(input), output: nanoUsd(output), request: nanoUsd(request) };
  return rounding === undefined ? amounts : { ...amounts, rounding: nanoUsd(rounding) };
}

const TOKENS_PER_MTOK = 1_000_000n;

/** Components of a text call's cost that every model has: plain, cached, two kinds of cache writes, output. */
const USUAL_COMPONENTS = 5;

/**
 * The highest price of each kind of token; undefined when input or output has no price, or nobody counts all of it,
 * since nothing bounds the cost then.
 */
export function highestPrice(price: ModelPrice): HighestPrice | undefined {
  const { input, cachedInput, cacheWrite, cacheWrite1h, output, request, isPartial } = price;
  if (!input || !output || isPartial) return undefined;
  const moreInputs = [price.cachedAudio, price.imageInput, price.videoInput].filter((one) => one !== undefined);
  const moreOutputs = [price.imageOutput, price.videoOutput].filter((one) => one !== undefined);
  const moreKinds = moreInputs.length + moreOutputs.length;
  const inputs = [input, cachedInput ?? input, cacheWrite ?? input, cacheWrite1h ?? input, ...moreInputs].map(
    highestTier,
  );
  return {
    input: inputs.reduce(greater),
    output: [output, ...moreOutputs].map(highestTier).reduce(greater),
    request: request ?? nanoUsd(0n),
    ...(moreKinds > 0 && { rounding: halfOf(USUAL_COMPONENTS + moreKinds) }),
  };
}

/** What so many tokens cost at most. Never below what `costOf` makes of the same or fewer tokens. */
export function highestCost(price: HighestPrice, inputTokens: number, outputTokens: number): NanoUsd {
  const exact = BigInt(inputTokens) * price.input + BigInt(outputTokens) * price.output;
  const ofTokens = exact === 0n ? 0n : ceilingOf(exact, TOKENS_PER_MTOK) + roundingOf(price);
  return nanoUsd(ofTokens + price.request);
}

/**
 * How many output tokens an amount pays for beside the input; negative when not even that fits. Infinite where output
 * is free.
 */
export function outputTokensWithin(amount: NanoUsd, price: HighestPrice, inputTokens: number): number {
  if (highestCost(price, inputTokens, 0) > amount) return -1;
  if (price.output === 0n) return Infinity;
  const left = (amount - price.request - roundingOf(price)) * TOKENS_PER_MTOK - BigInt(inputTokens) * price.input;
  return left < 0n ? 0 : Number(left / price.output);
}

function roundingOf({ rounding = halfOf(USUAL_COMPONENTS) }: HighestPrice): bigint {
  return rounding;
}

function halfOf(components: number): bigint {
  return BigInt(Math.trunc(components / 2));
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
