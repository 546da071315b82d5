import { nanoUsd, type NanoUsd, type NanoUsdText } from './money.js';
import type { TokenUsage } from './tokens.js';

/** A price in nano-USD per million tokens, so that every list price is a whole number. */
export type NanoUsdPerMtok = bigint;

/** A price that may rise with the size of the prompt: the last tier whose `aboveInputTokens` is exceeded applies to the whole call. */
export interface TieredPrice {
  readonly base: NanoUsdPerMtok;
  readonly tiers: readonly { readonly aboveInputTokens: number; readonly price: NanoUsdPerMtok }[];
}

/** What a model costs. A missing `cachedInput` or `cacheWrite` is billed as `input`; a missing `input` or `output` is unknown. */
export interface ModelPrice {
  readonly input?: TieredPrice;
  readonly cachedInput?: TieredPrice;
  readonly cacheWrite?: TieredPrice;
  readonly output?: TieredPrice;
}

/** A model's price, undefined when it is not known, and the version of the book that was asked. */
export interface Quote {
  readonly price: ModelPrice | undefined;
  readonly version: string;
}

/** All prices Ringside knows, of one moment. Its version names it in every usage event. */
export abstract class PriceBook {
  /** Names the content: the list's release and a digest of its prices, e.g. `genai-prices-0.1.8+3f9a…`; behind a `/` what overrides it. */
  abstract readonly version: string;
  /** The price of a model at a moment, or undefined when the book does not know the model. */
  abstract priceOf(provider: string, model: string, atUnixMs: number): ModelPrice | undefined;

  /** Price and version together, since another book may be published between two questions. */
  quote(provider: string, model: string, atUnixMs: number): Quote {
    return { price: this.priceOf(provider, model, atUnixMs), version: this.version };
  }
}

/** The flat prices one call was billed at, after tiers: decimal strings of nano-USD per million tokens. */
export interface AppliedPrice {
  readonly input?: NanoUsdText;
  readonly cachedInput?: NanoUsdText;
  readonly cacheWrite?: NanoUsdText;
  readonly output?: NanoUsdText;
}

const TOKENS_PER_MTOK = 1_000_000n;

/** What prices without tiers come to, which is the same for every call. */
const flatPrices = new WeakMap<ModelPrice, AppliedPrice>();

/** Picks each component's tier by the size of the prompt. Components the price leaves out fall back to `input`. */
export function applyTiers(price: ModelPrice, inputTokens: number): AppliedPrice {
  const flat = flatPrices.get(price);
  if (flat) return flat;
  const components = [price.input, price.cachedInput ?? price.input, price.cacheWrite ?? price.input, price.output];
  const [input, cachedInput, cacheWrite, output] = components.map((component) => component && tierOf(component, inputTokens).toString());
  const applied = { input, cachedInput, cacheWrite, output };
  if (components.every((component) => !component || component.tiers.length === 0)) flatPrices.set(price, applied);
  return applied;
}

function tierOf({ base, tiers }: TieredPrice, inputTokens: number): NanoUsdPerMtok {
  return tiers.findLast(({ aboveInputTokens }) => inputTokens > aboveInputTokens)?.price ?? base;
}

/**
 * The cost of a call: tokens × price for each component, each rounded half up to the nano-dollar once, then added.
 * @returns undefined when a component that was used has no price (audio tokens have none here yet): unknown is not zero.
 */
export function costOf(tokens: TokenUsage, price: AppliedPrice): NanoUsd | undefined {
  if (tokens.audio > 0) return undefined;
  const components: [number, NanoUsdText | undefined][] = [
    [tokens.input - tokens.cachedInput - tokens.cacheWrite, price.input],
    [tokens.cachedInput, price.cachedInput],
    [tokens.cacheWrite, price.cacheWrite],
    [tokens.output, price.output],
  ];
  let total = 0n;
  for (const [count, perMtok] of components) {
    if (count === 0) continue;
    if (perMtok === undefined) return undefined;
    total += (BigInt(count) * nanoUsd(perMtok) + TOKENS_PER_MTOK / 2n) / TOKENS_PER_MTOK;
  }
  return nanoUsd(total);
}
