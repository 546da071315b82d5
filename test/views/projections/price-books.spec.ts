import { priceBooks } from '../../../src/views/projections/price-books.js';
import { NOON, priceBookPublished } from '../events.js';
import { documentsGiven } from '../plain-book.js';

describe('price books', () => {
  it('the last one is kept, whole', () => {
    const price = { provider: 'openai', model: 'gpt-4o', input: '1', output: '2', validFrom: null, validUntil: null };
    const events = [priceBookPublished('first', [price]), priceBookPublished('second')];
    expect([...documentsGiven(priceBooks, events).values()]).toEqual([
      { id: 'last-published', position: 2, version: 'second', prices: [], note: null, publishedAt: NOON },
    ]);
  });
});
