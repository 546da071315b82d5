import { hash } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { PriceList } from '../../config/prices/price-list.js';
import { RingsideError } from '../../domain/errors.js';
import type { PlatformState } from '../../domain/platform/platform.js';
import { PriceOverrides, versionInForce, type PriceOverride } from '../../domain/pricing/price-overrides.js';
import { PriceBook, type ModelPrice, type NamedModel } from '../../domain/pricing/pricing.js';
import { ChangeFeed } from '../journal/change-feed.js';
import type { StreamName } from '../journal/event-store.js';
import { Streams } from '../streams/streams.js';

/** Every price book that was ever published stands here; the last one is in force. */
export const PRICES_STREAM: StreamName = 'platform-prices';

/** Pause before a book that another process published is looked for again, when it could not be read. */
const LOOK_AGAIN_MS = 1000;

/** What is in force: the list, and over it the overrides of the last published book. */
interface Current {
  readonly book: PlatformState['priceBook'];
  readonly version: string;
  readonly overrides: PriceOverrides;
}

/** Names a published book by its content, so that equal prices have equal names. */
export function bookVersion(prices: readonly PriceOverride[]): string {
  return `operator-${hash('sha256', JSON.stringify(prices), 'hex').slice(0, 12)}`;
}

/**
 * The installed price list under the prices that the operator published. They are held in memory: read at the start,
 * again at once when this process publishes, and when another one is heard to have published.
 */
@Injectable()
export class PublishedPrices extends PriceBook implements OnModuleDestroy {
  private readonly logger = new Logger('Prices');
  private current: Current;
  private lookingAgain: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly list: PriceList,
    private readonly streams: Streams,
    changeFeed: ChangeFeed,
  ) {
    super();
    changeFeed.onAppended(['PriceBookPublished'], () => this.lookSoon());
    this.current = { book: null, version: list.version, overrides: new PriceOverrides([]) };
  }

  override get version(): string {
    return this.current.version;
  }

  override priceOf(provider: string, model: string, atUnixMs: number): ModelPrice | undefined {
    return this.current.overrides.priceOf(provider, model, atUnixMs) ?? this.list.priceOf(provider, model, atUnixMs);
  }

  override contextOf(provider: string, model: string): number | undefined {
    return this.list.contextOf(provider, model);
  }

  override modelsOf(provider: string): readonly NamedModel[] {
    const listed = this.list.modelsOf(provider);
    const known = new Set(listed.map(({ model }) => model.toLowerCase()));
    const others: NamedModel[] = [];
    for (const model of this.current.overrides.namesOf(provider)) {
      if (!known.has(model.toLowerCase())) others.push({ model, contextTokens: undefined });
      known.add(model.toLowerCase());
    }
    return [...listed, ...others];
  }

  /**
   * Takes over the book that was published last. One that cannot be used is an error here; when it is heard of later it
   * is logged. The one before stays in force.
   * @throws OverlappingPrices, RingsideError `ledger_unavailable`
   */
  async refresh(): Promise<void> {
    const { priceBook: book } = await this.streams.latest('platform', 'prices');
    if (!book || book === this.current.book) return;
    const overrides = new PriceOverrides(book.prices);
    this.current = { book, overrides, version: versionInForce(this.list.version, book) };
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.lookingAgain);
    await this.looking;
  }

  private lookSoon(): void {
    this.looking = this.look();
  }

  private async look(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.logger.error(`the published prices could not be read: ${(error as Error).message}`);
      clearTimeout(this.lookingAgain);
      if (error instanceof RingsideError) this.lookingAgain = setTimeout(() => this.lookSoon(), LOOK_AGAIN_MS).unref();
    }
  }
}
