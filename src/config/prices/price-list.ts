import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { ConditionalPrice, MatchLogic, ModelInfo, Provider } from '@pydantic/genai-prices';
import { LRUCache } from 'lru-cache';
import { nanoUsd, type NanoUsd } from '../../domain/money.js';
import {
  PriceBook,
  type ModelPrice,
  type NamedModel,
  type NanoUsdPerMtok,
  type TieredPrice,
} from '../../domain/pricing/pricing.js';
import { ADDED_PRICES } from './added-prices.js';
import { covers, matches, type ListedNames } from './covered-names.js';
import { spellingsOf } from './model-spellings.js';

const PACKAGE = '@pydantic/genai-prices';

/** Our providers' names in the price list; those absent here have no prices of their own there. */
const LISTED_AS: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  mistral: 'mistral',
  groq: 'groq',
  together: 'together',
  fireworks: 'fireworks',
  perplexity: 'perplexity',
  deepseek: 'deepseek',
  xai: 'x-ai',
  cerebras: 'cerebras',
  cohere: 'cohere',
  openrouter: 'openrouter',
  azure: 'azure',
  bedrock: 'aws',
};

/**
 * Whom Hugging Face routes to when a model's name ends in `:<name>`; the list has the prices of each apart. Its own
 * choice has none.
 */
const ROUTED_BY_HUGGINGFACE =
  'cerebras fireworks-ai groq hyperbolic nebius novita nscale ovhcloud publicai sambanova together'.split(' ');

/** The sandbox costs $1 a million tokens in, $2 out (api.md §11). */
const SANDBOX_PRICE: ModelPrice = {
  input: { base: 1_000_000_000n, tiers: [] },
  output: { base: 2_000_000_000n, tiers: [] },
};

/**
 * Kinds that the list prices apart and no answer counts in a way that is read here: seconds, pages, thoughts and
 * citations with prices of their own.
 */
const UNCOUNTED = [
  'audio_hours',
  'input_audio_hours',
  'input_document_kpages',
  'input_annotated_document_kpages',
  'input_text_messages_kcount',
  'output_citation_mtok',
  'output_reasoning_mtok',
] as const;

/** For how many model names it is remembered which list entry they match, if any. */
const NAMES_REMEMBERED = 10_000;

type ListedModel = NamedModel &
  ListedNames & {
    readonly isShown: boolean;
    readonly prices: readonly { readonly validity: ConditionalPrice['constraint']; readonly price: ModelPrice }[];
  };

/**
 * The price book of the installed price list (`@pydantic/genai-prices`), turned into integers once at start. Its rules
 * are kept: the first model that covers a name applies (`covered-names.ts`), of its prices the last one that is valid;
 * where a provider has none, those count that the list itself falls back on.
 */
export class PriceList extends PriceBook {
  override readonly version: string;
  private readonly models: ReadonlyMap<string, readonly ListedModel[]>;
  /**
   * Whose prices count where a provider's own list has none, by provider: Azure serves OpenAI's models at OpenAI's
   * prices.
   */
  private readonly fallbacks: ReadonlyMap<string, readonly ListedModel[]>;
  private readonly matched = new LRUCache<string, { readonly model: ListedModel | undefined }>({
    max: NAMES_REMEMBERED,
  });

  constructor() {
    super();
    const requireProvider = providersOfTheList();
    const routed = ROUTED_BY_HUGGINGFACE.map((name) => [`huggingface:${name}`, `huggingface_${name}`] as const);
    const listed = [...Object.entries(LISTED_AS), ...routed].map(
      ([id, listedId]) => [id, requireProvider(listedId)] as const,
    );
    this.models = new Map(listed.map(([id, provider]) => [id, provider.models.map(listedModel)]));
    const modelsOfAll = (ids: readonly string[]) => ids.flatMap((id) => requireProvider(id).models.map(listedModel));
    this.fallbacks = new Map(listed.map(([id, { fallback_model_providers: ids = [] }]) => [id, modelsOfAll(ids)]));
    const digest = createHash('sha256').update(
      JSON.stringify(
        listed.map(([id, { models, fallback_model_providers: fallbacks = [] }]) => [
          id,
          ...[models, ...fallbacks.map((one) => requireProvider(one).models)].map(contentOf),
        ]),
      ),
    );
    digest.update(
      [...ADDED_PRICES]
        .flatMap(([id, added]) => added.map(({ models, price }) => `${id} ${models} ${price.input?.base}`))
        .join(),
    );
    this.version = `genai-prices-${releaseOfTheList()}+${digest.digest('hex').slice(0, 12)}`;
  }

  override priceOf(provider: string, model: string, atUnixMs: number): ModelPrice | undefined {
    if (provider === 'sandbox') return SANDBOX_PRICE;
    const added = addedPrice(provider, model);
    if (added) return added;
    const listed = this.listedModel(provider, model);
    return listed && validAt(listed, atUnixMs);
  }

  override modelsOf(provider: string): readonly NamedModel[] {
    if (provider === 'huggingface')
      return ROUTED_BY_HUGGINGFACE.flatMap((name) => this.shownOf(`huggingface:${name}`, `:${name}`));
    return this.shownOf(provider, '');
  }

  override contextOf(provider: string, model: string): number | undefined {
    return this.listedModel(provider, model)?.contextTokens;
  }

  private shownOf(listedAs: string, suffix: string): NamedModel[] {
    const shown = (this.models.get(listedAs) ?? []).filter(({ isShown }) => isShown);
    return shown.map(({ model, contextTokens }) => ({ model: `${model}${suffix}`, contextTokens }));
  }

  /**
   * Matching walks a provider's whole list, so its result is remembered, within a bound since callers choose the names.
   */
  private listedModel(provider: string, model: string): ListedModel | undefined {
    const name = `${provider}/${model}`;
    let found = this.matched.get(name);
    if (!found) {
      const [listedAs, bareName] = provider === 'huggingface' ? routeOf(model) : [provider, model];
      found = { model: this.covering(listedAs, spellingsOf(provider, bareName)) };
      this.matched.set(name, found);
    }
    return found.model;
  }

  private covering(listedAs: string, spellings: readonly string[]): ListedModel | undefined {
    for (const models of [this.models.get(listedAs), this.fallbacks.get(listedAs)]) {
      for (const name of spellings) {
        const found = models?.find((one) => covers(one, name));
        if (found) return found;
      }
    }
    return undefined;
  }
}

function addedPrice(provider: string, model: string): ModelPrice | undefined {
  const added = ADDED_PRICES.get(provider);
  return (
    added && spellingsOf(provider, model).flatMap((name) => added.filter(({ models }) => models.test(name)))[0]?.price
  );
}

/** What of a provider's list changes what calls cost. */
function contentOf(models: readonly ModelInfo[]) {
  return models.map(({ id, match, prices }) => [id, match, prices]);
}

/** `org/model:together` is what Together asks for `org/model` there. */
function routeOf(model: string): readonly [string, string] {
  const at = model.lastIndexOf(':');
  return at === -1 ? ['huggingface', model] : [`huggingface:${model.slice(at + 1)}`, model.slice(0, at)];
}

const require = createRequire(import.meta.url);

/**
 * Reads the installed list; what is given finds a provider in it. The list is loaded as CommonJS, whose cache can be
 * emptied: an ES module stays in memory for ever, and this one takes 4 MB.
 */
function providersOfTheList(): (id: string) => Provider {
  const { findProvider } = require(PACKAGE) as typeof import('@pydantic/genai-prices');
  delete require.cache[require.resolve(PACKAGE)];
  return (id) => {
    const provider = findProvider({ providerId: id });
    if (!provider) throw new Error(`the price list has no provider ${id}`);
    return provider;
  };
}

function releaseOfTheList(): string {
  const entry = require.resolve(PACKAGE);
  const root = entry.slice(0, entry.indexOf(PACKAGE) + PACKAGE.length);
  return (require(`${root}/package.json`) as { version: string }).version;
}

function listedModel({ id, context_window: contextTokens, deprecated, match, prices }: ModelInfo): ListedModel {
  const name = nameOf(id, match);
  const isShown = name !== undefined && !deprecated;
  const conditional: ConditionalPrice[] = Array.isArray(prices) ? prices : [{ prices }];
  return {
    id,
    model: name ?? id,
    contextTokens,
    isShown,
    match,
    prices: conditional.map(({ constraint, prices: listed }) => ({
      validity: constraint,
      price: integerPrice(listed),
    })),
  };
}

/** A name that an entry is for: its id, unless that is only the list's own word for it. */
function nameOf(id: string, match: MatchLogic): string | undefined {
  if (matches(match, id)) return id.endsWith('-') ? undefined : id;
  const alternatives = 'or' in match ? match.or : [match];
  return alternatives.map((one) => ('equals' in one ? one.equals : undefined)).find((name) => name !== undefined);
}

function integerPrice(listed: ConditionalPrice['prices']): ModelPrice {
  return {
    input: tiered(listed['input_mtok']),
    cachedInput: tiered(listed['cache_read_mtok']),
    cacheWrite: tiered(listed['cache_write_mtok']),
    cacheWrite1h: tiered(listed['cache_write_1h_mtok']),
    output: tiered(listed['output_mtok']),
    audioInput: tiered(listed['input_audio_mtok']),
    audioOutput: tiered(listed['output_audio_mtok']),
    cachedAudio: tiered(listed['cache_audio_read_mtok']),
    imageInput: tiered(listed['input_image_mtok']),
    videoInput: tiered(listed['input_video_mtok']),
    imageOutput: tiered(listed['output_image_mtok']),
    videoOutput: tiered(listed['output_video_mtok']),
    request: perRequest(listed['requests_kcount']),
    search: perRequest(listed['web_searches_kcount']),
    isPartial: UNCOUNTED.some((kind) => listed[kind] !== undefined) || undefined,
    sells: soldFor(listed),
  };
}

/**
 * What no text comes out of bears prices of its own: pictures and films by their tokens, recordings by the hour, scans
 * by the page.
 */
function soldFor(listed: ConditionalPrice['prices']): ModelPrice['sells'] {
  const units = Object.keys(listed);
  if (units.some((unit) => /^output_(image|video)_/.test(unit))) return 'pictures';
  if (units.some((unit) => unit.startsWith('output_audio_'))) return 'speech';
  if (units.includes('output_mtok')) return undefined;
  if (units.includes('input_mtok')) return 'vectors';
  return units.some((unit) => /_(hours|kpages)$/.test(unit)) ? 'transcripts' : undefined;
}

function tiered(listed: ConditionalPrice['prices'][string]): TieredPrice | undefined {
  if (listed === undefined) return undefined;
  if (typeof listed === 'number') return { base: nanoUsdPerMtok(listed), tiers: [] };
  return {
    base: nanoUsdPerMtok(listed.base),
    tiers: listed.tiers.map(({ start, price }) => ({ aboveInputTokens: start, price: nanoUsdPerMtok(price) })),
  };
}

/** Listed in dollars a thousand requests, or searches; none of these prices has tiers. */
function perRequest(listed: ConditionalPrice['prices'][string]): NanoUsd | undefined {
  return typeof listed === 'number' ? nanoUsd(BigInt(Math.round(listed * 1e6))) : undefined;
}

/**
 * List prices are dollars with few decimals; nine of them are exact, and anything finer would be a defect of the list.
 */
function nanoUsdPerMtok(usd: number): NanoUsdPerMtok {
  return BigInt(Math.round(usd * 1e9));
}

function validAt({ prices }: ListedModel, atUnixMs: number): ModelPrice | undefined {
  const at = new Date(atUnixMs);
  return (prices.findLast(({ validity }) => isValid(validity, at)) ?? prices[0])?.price;
}

function isValid(validity: ConditionalPrice['constraint'], at: Date): boolean {
  if (!validity) return true;
  if ('start_date' in validity) return at >= new Date(validity.start_date);
  const time = at.toISOString().slice(11, 23);
  const start = validity.start_time.replace('Z', '');
  const end = validity.end_time.replace('Z', '');
  return end < start ? time >= start || time < end : time >= start && time < end;
}
