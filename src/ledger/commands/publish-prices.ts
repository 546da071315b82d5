import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { PriceOverride } from '../../domain/pricing/price-overrides.js';
import { bookVersion, PublishedPrices } from '../platform/published-prices.js';
import { Streams } from '../streams/streams.js';

/**
 * Puts these prices in force in place of all that were published before, at once in this process. Of two that publish
 * at the same moment the later one stands.
 * @throws RingsideError `invalid_parameter` naming two prices that are valid at the same time
 */
export class PublishPrices extends Command<void> {
  constructor(
    readonly prices: readonly PriceOverride[],
    readonly note: string | null,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(PublishPrices)
export class PublishPricesHandler implements ICommandHandler<PublishPrices> {
  constructor(
    private readonly streams: Streams,
    private readonly published: PublishedPrices,
  ) {}

  async execute({ prices, note, requestId }: PublishPrices): Promise<void> {
    const cause = { requestId, actor: 'operator', id: requestId } as const;
    const book = { version: bookVersion(prices), prices, note };
    await this.streams.decide('platform', 'prices', { type: 'PublishPrices', book, cause });
    await this.published.refresh();
  }
}
