import type { PriceBookPublished } from '../../domain/events/index.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/** The price book that was published last; there is one document. */
export type PriceBookDocument = Document<PriceBookFields>;

type PriceBookFields = PriceBookPublished['data'] & {
  /** Unix milliseconds. */
  readonly publishedAt: number;
};

/** The id of the one document. */
export const LAST_PUBLISHED = 'last-published';

export const priceBooks = defineProjection<PriceBookPublished, PriceBookFields>({
  name: 'price-books',
  version: 1,
  fields: {},
  indexes: [],
  events: ['PriceBookPublished'],
  keysOf: () => [LAST_PUBLISHED],
  evolve: (_, { event: { data, occurredAt } }) => ({ ...data, publishedAt: occurredAt }),
});
