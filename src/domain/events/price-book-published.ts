import type { PublishedBook } from '../pricing/price-overrides.js';
import type { PlatformEventOf } from './envelope.js';

export const priceBookPublishedVersion = 1;

/**
 * The operator set prices of the platform's own. The book is complete: it takes the place of the one published before
 * it, and events that were priced then keep what they say. `version` names its content.
 */
export type PriceBookPublished = PlatformEventOf<
  'PriceBookPublished',
  PublishedBook & { readonly note: string | null }
>;
