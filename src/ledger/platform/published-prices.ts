import { hash } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { PriceList } from '../../config/prices/price-list.js';
import { RingsideError } from '../../domain/errors.js';
import type { PriceBookPublished } from '../../domain/events/index.js';
import { PriceOverrides, versionInForce, type PriceOverride } from '../../domain/pricing/price-overrides.js';
import { PriceBook, type ModelPrice, type NamedModel } from '../../domain/pricing/pricing.js';
import { ChangeFeed } from '../journal/change-feed.js';
import { Journal, headAt, type JournalEntry } from '../journal/journal.js';
import { EMPTY_STREAM, type StreamHead } from '../journal/codec.js';

/** Every price book that was ever published stands here; the last one is in force. */
export const PRICES_STREAM = 'platform-prices';

/** Pause before a book that another process published is looked for again, when it could not be read. */
const LOOK_AGAIN_MS = 1000;

/** What is in force: the list, and over it the overrides of the last published book. */
interface Current {
  readonly head: StreamHead;
  readonly version: string;
  readonly overrides: PriceOverrides;
}

/** Names a published book by its content, so that equal prices have equal names. */
export function bookVersion(prices: readonly PriceOverride[]): string {
  return `operator-${hash('sha256', JSON.stringify(prices), 'hex').slice(0, 12)}`;
}

/**
 * The installed price list under the prices that the operator published. They are held in memory: read at the start, again at once
 * when this process publishes, and when another one is heard to have published.
 */
@Injectable()
export class PublishedPrices extends PriceBook implements OnModuleDestroy {
  private readonly logger = new Logger('Prices');
  private current: Current;
  private lookingAgain: NodeJS.Timeout | undefined;
  private reading: Promise<StreamHead> | undefined;

  constructor(
    private readonly list: PriceList,
    private readonly journal: Journal,
    changeFeed: ChangeFeed,
  ) {
    super();
    changeFeed.onAppended(['PriceBookPublished'], () => void this.look());
    this.current = { head: EMPTY_STREAM, version: list.version, overrides: new PriceOverrides([]) };
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
   * Takes over what was published since the last look; its result is where the stream ends. A book that cannot be used is an error
   * here; when it is heard of later it is logged. The one before stays in force.
   * @throws OverlappingPrices, RingsideError `ledger_unavailable`
   */
  async refresh(): Promise<StreamHead> {
    // One that is under way may have begun before the event that the caller knows of was written.
    await this.reading?.catch(() => undefined);
    this.reading ??= this.readOn().finally(() => (this.reading = undefined));
    return this.reading;
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.lookingAgain);
    await this.reading?.catch(() => undefined);
  }

  private async look(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.logger.error(`the published prices could not be read: ${(error as Error).message}`);
      clearTimeout(this.lookingAgain);
      if (error instanceof RingsideError) this.lookingAgain = setTimeout(() => void this.look(), LOOK_AGAIN_MS).unref();
    }
  }

  private async readOn(): Promise<StreamHead> {
    const { revision } = this.current.head;
    let last: JournalEntry | undefined;
    for await (const entry of this.journal.read(PRICES_STREAM, revision === 'no_stream' ? 0 : revision + 1)) last = entry;
    if (last) {
      this.current = { ...this.current, head: headAt(last.stored) };
      const { data } = last.event as PriceBookPublished;
      const overrides = new PriceOverrides(data.prices);
      this.current = { ...this.current, overrides, version: versionInForce(this.list.version, data) };
    }
    return this.current.head;
  }
}
