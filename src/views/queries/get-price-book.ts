import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { PriceList } from '../../config/prices/price-list.js';
import { versionInForce, type PriceOverride } from '../../domain/pricing/price-overrides.js';
import { DocumentStore } from '../document-store.js';
import { LAST_PUBLISHED, priceBooks, type PriceBookDocument } from '../projections/price-books.js';
import { ProjectionRunner } from '../runner.js';
import { usdJson, type UsdJson } from '../usd-json.js';
import { formatTime } from './period.js';

/** The prices in force, as the operator sees them: the list's version and everything that is set in its place. */
export interface PriceBookAnswer {
  readonly object: 'price_book';
  /** What calls are priced with now, as their usage events name it. */
  readonly version: string;
  readonly list_version: string;
  /** Unix seconds; null when nothing was ever published. */
  readonly published_at: number | null;
  readonly note: string | null;
  readonly prices: readonly OverrideAnswer[];
}

interface OverrideAnswer {
  readonly provider: string;
  readonly model: string;
  readonly input_usd_per_mtok: UsdJson;
  /** Null where tokens of that kind are billed as input. */
  readonly cached_input_usd_per_mtok: UsdJson | null;
  readonly cache_write_usd_per_mtok: UsdJson | null;
  readonly cache_write_1h_usd_per_mtok: UsdJson | null;
  readonly output_usd_per_mtok: UsdJson;
  readonly audio_input_usd_per_mtok: UsdJson | null;
  readonly audio_output_usd_per_mtok: UsdJson | null;
  readonly request_usd: UsdJson | null;
  /** RFC 3339, null where nothing bounds the price. */
  readonly valid_from: string | null;
  readonly valid_until: string | null;
}

/** The price book that was published last. */
export class GetPriceBook extends Query<PriceBookAnswer> {}

@QueryHandler(GetPriceBook)
export class GetPriceBookHandler implements IQueryHandler<GetPriceBook> {
  constructor(
    private readonly list: PriceList,
    private readonly documents: DocumentStore,
    private readonly runner: ProjectionRunner,
  ) {}

  async execute(): Promise<PriceBookAnswer> {
    await this.runner.catchUp();
    const [published] = await this.documents.getMany<PriceBookDocument>(priceBooks.collection.name, [LAST_PUBLISHED]);
    return {
      object: 'price_book',
      version: versionInForce(this.list.version, published),
      list_version: this.list.version,
      published_at: published ? Math.floor(published.publishedAt / 1000) : null,
      note: published?.note ?? null,
      prices: published?.prices.map(overrideAnswer) ?? [],
    };
  }
}

function overrideAnswer(override: PriceOverride): OverrideAnswer {
  return {
    provider: override.provider,
    model: override.model,
    input_usd_per_mtok: usdJson(override.input),
    cached_input_usd_per_mtok: orNull(override.cachedInput, usdJson),
    cache_write_usd_per_mtok: orNull(override.cacheWrite, usdJson),
    cache_write_1h_usd_per_mtok: orNull(override.cacheWrite1h, usdJson),
    output_usd_per_mtok: usdJson(override.output),
    audio_input_usd_per_mtok: orNull(override.audioInput, usdJson),
    audio_output_usd_per_mtok: orNull(override.audioOutput, usdJson),
    request_usd: orNull(override.request, usdJson),
    valid_from: orNull(override.validFrom, formatTime),
    valid_until: orNull(override.validUntil, formatTime),
  };
}

function orNull<From, To>(value: From | null | undefined, show: (value: From) => To): To | null {
  return value === null || value === undefined ? null : show(value);
}
