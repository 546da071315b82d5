import type { LedgerEvent } from '../../domain/events/index.js';
import { PriceOverrides } from '../../domain/pricing/price-overrides.js';
import { bookVersion } from '../../ledger/platform/published-prices.js';

/** Says where a published price book is not what its name says, or holds prices that could never be told apart. */
export function* priceBookProblems(event: LedgerEvent): Generator<string> {
  if (event.type !== 'PriceBookPublished') return;
  const { version, prices } = event.data;
  if (version !== bookVersion(prices)) yield `is named ${version}, but its prices are ${bookVersion(prices)}`;
  try {
    new PriceOverrides(prices);
  } catch (error) {
    yield (error as Error).message;
  }
}
