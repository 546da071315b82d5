import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { PriceBookPublished } from '../../domain/events/index.js';
import { OverlappingPrices, PriceOverrides, type PriceOverride } from '../../domain/pricing/price-overrides.js';
import { Journal } from '../journal/journal.js';
import { againAfterConflict } from '../journal/conflicts.js';
import { eventId } from '../journal/event-id.js';
import { bookVersion, PRICES_STREAM, PublishedPrices } from '../platform/published-prices.js';

/**
 * Puts these prices in force in place of all that were published before, at once in this process. Of two that publish at the
 * same moment the later one stands. Errors: `invalid_parameter` naming two prices that are valid at the same time.
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
    private readonly journal: Journal,
    private readonly published: PublishedPrices,
    private readonly clock: Clock,
  ) {}

  async execute({ prices, note, requestId }: PublishPrices): Promise<void> {
    refuseOverlaps(prices);
    const event: PriceBookPublished = {
      type: 'PriceBookPublished',
      id: eventId(requestId, 'prices-published'),
      requestId,
      actor: 'operator',
      occurredAt: this.clock.nowMs(),
      data: { version: bookVersion(prices), prices, note },
    };
    await againAfterConflict(async () => this.journal.append(PRICES_STREAM, await this.published.refresh(), [event]));
    await this.published.refresh();
  }
}

function refuseOverlaps(prices: readonly PriceOverride[]): void {
  try {
    new PriceOverrides(prices);
  } catch (error) {
    if (!(error instanceof OverlappingPrices)) throw error;
    const { first, second } = error;
    throw new RingsideError('invalid_parameter', `prices[${first}] and prices[${second}] are valid for the same model at the same time`, {
      param: `prices[${second}]`,
    });
  }
}
