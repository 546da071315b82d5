import { nanoUsd, smallNanoUsd, type NanoUsd, type NanoUsdText } from '../money.js';
import type { TokenUsage } from './tokens.js';

/** A price in nano-USD per million tokens, so that every list price is a whole number. */
export type NanoUsdPerMtok = bigint;

/**
 * A price that may rise with the size of the prompt: the last tier whose `aboveInputTokens` is exceeded applies to the
 * whole call.
 */
export interface TieredPrice {
  readonly base: NanoUsdPerMtok;
  readonly tiers: readonly { readonly aboveInputTokens: number; readonly price: NanoUsdPerMtok }[];
}

/**
 * What a model costs. A missing `cachedInput`, `cacheWrite`, `imageInput` or `videoInput` is billed as `input`, a
 * missing `cachedAudio` as `cachedInput`, a missing `imageOutput` or `videoOutput` as `output`; any other that is
 * missing is unknown, and nothing a request is free.
 */
export interface ModelPrice {
  readonly input?: TieredPrice | undefined;
  readonly cachedInput?: TieredPrice | undefined;
  readonly cacheWrite?: TieredPrice | undefined;
  readonly cacheWrite1h?: TieredPrice | undefined;
  readonly output?: TieredPrice | undefined;
  readonly audioInput?: TieredPrice | undefined;
  readonly audioOutput?: TieredPrice | undefined;
  readonly cachedAudio?: TieredPrice | undefined;
  readonly imageInput?: TieredPrice | undefined;
  readonly videoInput?: TieredPrice | undefined;
  readonly imageOutput?: TieredPrice | undefined;
  readonly videoOutput?: TieredPrice | undefined;
  /** A fee for each request beside its tokens. */
  readonly request?: NanoUsd | undefined;
  /** A fee for each search that the provider makes. */
  readonly search?: NanoUsd | undefined;
  /** The model bills something that nobody counts here, so that its cost is only known where the provider says it. */
  readonly isPartial?: true | undefined;
  /**
   * What the model gives in place of text, as far as the units of its price tell: vectors have a price of input alone.
   */
  readonly sells?: 'pictures' | 'speech' | 'transcripts' | 'vectors' | undefined;
  /** The operator set it: it counts whatever the provider says that a call costs. */
  readonly isCustom?: true;
}

/** A model's price, undefined when it is not known, and the version of the book that was asked. */
export interface Quote {
  readonly price: ModelPrice | undefined;
  readonly version: string;
}

/** A model that a price book names, and what the book knows of its size. */
export interface NamedModel {
  readonly model: string;
  /** The most tokens that prompt and answer can have together. */
  readonly contextTokens: number | undefined;
}

/** All prices Ringside knows, of one moment. Its version names it in every usage event. */
export abstract class PriceBook {
  /**
   * Names the content: the list's release and a digest of its prices, e.g. `genai-prices-0.1.8+3f9a…`; behind a `/`
   * what overrides it.
   */
  abstract readonly version: string;
  /** The price of a model at a moment, or undefined when the book does not know the model. */
  abstract priceOf(provider: string, model: string, atUnixMs: number): ModelPrice | undefined;
  /**
   * The models of a provider that the book has a price for by their names, each once; it may have prices for others by
   * a part of theirs.
   */
  abstract modelsOf(provider: string): readonly NamedModel[];
  /** The most tokens that prompt and answer of a model can have together; undefined where the book does not say. */
  abstract contextOf(provider: string, model: string): number | undefined;

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
  readonly cacheWrite1h?: NanoUsdText;
  readonly output?: NanoUsdText;
  readonly audioInput?: NanoUsdText;
  readonly audioOutput?: NanoUsdText;
  readonly cachedAudio?: NanoUsdText;
  readonly imageInput?: NanoUsdText;
  readonly videoInput?: NanoUsdText;
  readonly imageOutput?: NanoUsdText;
  readonly videoOutput?: NanoUsdText;
  /** Nano-USD for the request itself, and for the searches that were made for it. */
  readonly request?: NanoUsdText;
}

const TOKENS_PER_MTOK = 1_000_000n;
const MTOK = 1_000_000;

/** Up to here a product and the sum of all components are exact as numbers. */
const LARGEST_PRODUCT = 2 ** 49;

/** What prices without tiers come to, which is the same for every call. */
const flatPrices = new WeakMap<ModelPrice, AppliedPrice>();

/**
 * Picks each component's tier by the size of the prompt. Components the price leaves out fall back to `input`. The fee
 * of the request has that of its searches in it.
 */
export function applyTiers(price: ModelPrice, inputTokens: number, searches = 0): AppliedPrice {
  const applied = withTiers(price, inputTokens);
  if (searches === 0 || price.search === undefined) return applied;
  return { ...applied, request: (nanoUsd(price.request ?? 0n) + BigInt(searches) * price.search).toString() };
}

/**
 * Whether a price has the fees of a call in it, if it has some: one for each request, or one for each of the searches
 * that were counted.
 */
export function hasFees({ request, search }: ModelPrice, searches: number): boolean {
  return request !== undefined || (search !== undefined && searches > 0);
}

function withTiers(price: ModelPrice, inputTokens: number): AppliedPrice {
  const flat = flatPrices.get(price);
  if (flat) return flat;
  const components = {
    input: price.input,
    cachedInput: price.cachedInput ?? price.input,
    cacheWrite: price.cacheWrite ?? price.input,
    cacheWrite1h: price.cacheWrite1h,
    output: price.output,
    audioInput: price.audioInput,
    audioOutput: price.audioOutput,
    cachedAudio: price.cachedAudio,
    imageInput: price.imageInput,
    videoInput: price.videoInput,
    imageOutput: price.imageOutput,
    videoOutput: price.videoOutput,
  };
  const applied: Record<string, NanoUsdText> = {};
  let isFlat = true;
  for (const [name, component] of Object.entries(components)) {
    if (!component) continue;
    applied[name] = tierOf(component, inputTokens).toString();
    isFlat &&= component.tiers.length === 0;
  }
  if (price.request !== undefined) applied['request'] = price.request.toString();
  if (isFlat) flatPrices.set(price, applied);
  return applied;
}

function tierOf({ base, tiers }: TieredPrice, inputTokens: number): NanoUsdPerMtok {
  return tiers.findLast(({ aboveInputTokens }) => inputTokens > aboveInputTokens)?.price ?? base;
}

/**
 * The cost of a call: tokens × price for each component, each rounded half up to the nano-dollar once, then added, and
 * the fee for the request if there is one and anything was used.
 * @returns undefined when a component that was used has no price: unknown is not zero.
 */
export function costOf(tokens: TokenUsage, price: AppliedPrice): NanoUsd | undefined {
  // What has no price of its own is rounded with what it is billed as.
  const cachedAudio = price.cachedAudio === undefined ? 0 : (tokens.cachedAudio ?? 0);
  const imageInput = price.imageInput === undefined ? 0 : (tokens.imageInput ?? 0);
  const videoInput = price.videoInput === undefined ? 0 : (tokens.videoInput ?? 0);
  const imageOutput = price.imageOutput === undefined ? 0 : (tokens.imageOutput ?? 0);
  const videoOutput = price.videoOutput === undefined ? 0 : (tokens.videoOutput ?? 0);
  const sum = new CostSum(tokens.input + tokens.output > 0 ? nanoUsd(price.request ?? '0') : 0n);
  const { input, cachedInput, cacheWrite, cacheWrite1h, audioInput, output, audioOutput } = tokens;
  sum.add(input - cachedInput - cacheWrite - audioInput - imageInput - videoInput, price.input);
  sum.add(cachedInput - cachedAudio, price.cachedInput);
  sum.add(cachedAudio, price.cachedAudio);
  sum.add(imageInput, price.imageInput);
  sum.add(videoInput, price.videoInput);
  sum.add(cacheWrite - cacheWrite1h, price.cacheWrite);
  sum.add(cacheWrite1h, price.cacheWrite1h);
  sum.add(output - audioOutput - imageOutput - videoOutput, price.output);
  sum.add(imageOutput, price.imageOutput);
  sum.add(videoOutput, price.videoOutput);
  sum.add(audioInput, price.audioInput);
  sum.add(audioOutput, price.audioOutput);
  return sum.total;
}

/** Adds up components of a cost; unknown once a price is. */
class CostSum {
  #exact: bigint;
  /** The sum of components that are small enough for a number, which most are: a bigint costs several times as much. */
  #small = 0;
  #isKnown = true;

  constructor(fee: bigint) {
    this.#exact = fee;
  }

  get total(): NanoUsd | undefined {
    return this.#isKnown ? nanoUsd(this.#exact + BigInt(this.#small)) : undefined;
  }

  add(count: number, perMtok: NanoUsdText | undefined): void {
    if (count === 0) return;
    if (perMtok === undefined) {
      this.#isKnown = false;
      return;
    }
    const product = count * smallNanoUsd(perMtok) + MTOK / 2;
    if (product >= 0 && product <= LARGEST_PRODUCT) this.#small += (product - (product % MTOK)) / MTOK;
    else this.#exact += (BigInt(count) * nanoUsd(perMtok) + TOKENS_PER_MTOK / 2n) / TOKENS_PER_MTOK;
  }
}

/** What a call was measured to have used, and what its provider says of the bill. */
export interface BillableUsage {
  readonly tokens: TokenUsage;
  /** What the provider bills instead of `tokens`, null where both are one. */
  readonly billedTokens: TokenUsage | null;
  /** The whole cost as the provider says it, null where it does not. */
  readonly statedCostNanoUsd: NanoUsdText | null;
}

/** The cost of a call as the provider states it, or else of what it bills. Undefined when it is unknown. */
export function billedCost(
  { tokens, billedTokens, statedCostNanoUsd }: BillableUsage,
  price: AppliedPrice,
): NanoUsd | undefined {
  return statedCostNanoUsd === null ? costOf(billedTokens ?? tokens, price) : nanoUsd(statedCostNanoUsd);
}
