import { nanoUsd, type NanoUsdText } from '../money.js';
import type { ModelPrice, TieredPrice } from './pricing.js';

/**
 * A price that the operator set in place of the list's: nano-USD per million tokens, as decimal strings. What is
 * missing means the same as in any `ModelPrice`, and never the list's price.
 */
export interface PriceOverride {
  readonly provider: string;
  /**
   * A model's name, or the beginning of names with a `*` behind it. Upper and lower case count as equal, as in the
   * list.
   */
  readonly model: string;
  readonly input: NanoUsdText;
  readonly cachedInput?: NanoUsdText;
  readonly cacheWrite?: NanoUsdText;
  readonly cacheWrite1h?: NanoUsdText;
  readonly output: NanoUsdText;
  readonly audioInput?: NanoUsdText;
  readonly audioOutput?: NanoUsdText;
  /** Nano-USD for each request beside its tokens. */
  readonly request?: NanoUsdText;
  /** Unix milliseconds: it applies from the first of them on and before the second; null is no bound. */
  readonly validFrom: number | null;
  readonly validUntil: number | null;
}

/** A complete set of overrides and the name of its content. */
export interface PublishedBook {
  readonly version: string;
  readonly prices: readonly PriceOverride[];
}

/** Names the prices in force: the list's version, behind it that of the published book unless it overrides nothing. */
export function versionInForce(listVersion: string, published: PublishedBook | undefined): string {
  return published && published.prices.length > 0 ? `${listVersion}/${published.version}` : listVersion;
}

/**
 * Two prices for one moment: nobody could say which of them applies. `first` and `second` are their places in the list.
 */
export class OverlappingPrices extends Error {
  constructor(
    readonly first: number,
    readonly second: number,
    { provider, model }: PriceOverride,
  ) {
    super(`prices ${first} and ${second} of ${provider} ${model} are valid at the same time`);
    this.name = 'OverlappingPrices';
  }
}

/**
 * A price, ready for use: the price object of an override is always the same, so that what is derived from it can be
 * remembered.
 */
interface DatedPrice {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly price: ModelPrice;
}

/** The prices of one model name or prefix (in lower case, without its `*`). */
interface PricesOfName {
  readonly name: string;
  readonly dated: DatedPrice[];
}

/** A provider's overrides: those of whole names, and those of prefixes, the longest first. */
interface ProviderOverrides {
  readonly exact: Map<string, PricesOfName>;
  readonly prefixes: PricesOfName[];
}

/**
 * A complete set of overrides. One that matches is the whole price of a model: nothing of the list's is mixed in or
 * added.
 */
export class PriceOverrides {
  private readonly providers = new Map<string, ProviderOverrides>();
  private readonly overrides: readonly PriceOverride[];

  /** @throws OverlappingPrices */
  constructor(overrides: readonly PriceOverride[]) {
    refuseOverlaps(overrides);
    this.overrides = overrides;
    for (const override of overrides) this.add(override);
    for (const { prefixes } of this.providers.values()) prefixes.sort((a, b) => b.name.length - a.name.length);
  }

  /**
   * The price that is valid at a moment: of the exact name before one of a prefix, of a longer prefix before a shorter
   * one.
   */
  priceOf(provider: string, model: string, atUnixMs: number): ModelPrice | undefined {
    const overrides = this.providers.get(provider);
    if (!overrides) return undefined;
    const name = model.toLowerCase();
    const exact = overrides.exact.get(name);
    const found = exact && validAt(exact, atUnixMs);
    if (found) return found;
    for (const prefix of overrides.prefixes) {
      const price = name.startsWith(prefix.name) ? validAt(prefix, atUnixMs) : undefined;
      if (price) return price;
    }
    return undefined;
  }

  /** The models of a provider that have prices under their whole names, as these are spelt. */
  namesOf(provider: string): readonly string[] {
    return this.overrides
      .filter((one) => one.provider === provider && !one.model.endsWith('*'))
      .map(({ model }) => model);
  }

  private add(override: PriceOverride): void {
    let of = this.providers.get(override.provider);
    if (!of) this.providers.set(override.provider, (of = { exact: new Map(), prefixes: [] }));
    const isPrefix = override.model.endsWith('*');
    const name = override.model.slice(0, isPrefix ? -1 : undefined).toLowerCase();
    let prices = isPrefix ? of.prefixes.find((known) => known.name === name) : of.exact.get(name);
    if (!prices) {
      prices = { name, dated: [] };
      if (isPrefix) of.prefixes.push(prices);
      else of.exact.set(name, prices);
    }
    const { validFrom, validUntil } = override;
    prices.dated.push({ fromMs: validFrom ?? -Infinity, untilMs: validUntil ?? Infinity, price: modelPrice(override) });
  }
}

function validAt({ dated }: PricesOfName, atUnixMs: number): ModelPrice | undefined {
  return dated.find(({ fromMs, untilMs }) => fromMs <= atUnixMs && atUnixMs < untilMs)?.price;
}

function modelPrice(override: PriceOverride): ModelPrice {
  return {
    input: flat(override.input),
    cachedInput: flat(override.cachedInput),
    cacheWrite: flat(override.cacheWrite),
    cacheWrite1h: flat(override.cacheWrite1h),
    output: flat(override.output),
    audioInput: flat(override.audioInput),
    audioOutput: flat(override.audioOutput),
    request: override.request === undefined ? undefined : nanoUsd(override.request),
    isCustom: true,
  };
}

function flat(price: NanoUsdText | undefined): TieredPrice | undefined {
  return price === undefined ? undefined : { base: nanoUsd(price), tiers: [] };
}

/** Sorted by their beginning, prices that are valid at one moment include two neighbours that are. */
function refuseOverlaps(overrides: readonly PriceOverride[]): void {
  const numbered = overrides.map((override, place) => ({ override, place }));
  const byName = Map.groupBy(numbered, ({ override }) => `${override.provider} ${override.model.toLowerCase()}`);
  for (const same of byName.values()) {
    same.sort((a, b) => (a.override.validFrom ?? -Infinity) - (b.override.validFrom ?? -Infinity) || a.place - b.place);
    same.slice(1).forEach((later, index) => {
      const earlier = same[index]!;
      if ((later.override.validFrom ?? -Infinity) >= (earlier.override.validUntil ?? Infinity)) return;
      const [first, second] = [earlier.place, later.place].toSorted((a, b) => a - b) as [number, number];
      throw new OverlappingPrices(first, second, later.override);
    });
  }
}
