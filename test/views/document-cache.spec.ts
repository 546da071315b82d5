import { defineProjection } from '../../src/views/projection.js';
import { customers } from '../../src/views/projections/customers.js';
import { requests } from '../../src/views/projections/requests.js';
import { DocumentCache } from '../../src/views/document-cache.js';

const rules = { name: 'fruit', version: 1, fields: {}, indexes: [], events: [], keysOf: () => [], evolve: () => null };
const apple = { id: 'apple', position: 1 };

describe('Shelf', () => {
  it('hands out each change once, the latest state of it', () => {
    const cache = new DocumentCache(defineProjection(rules));
    cache.put(cache.get('apple'), apple, 1);
    cache.put(cache.get('apple'), { ...apple, position: 2 }, 2);
    cache.put(cache.get('pear'), null, 3);
    expect(cache.waiting).toBe(2);
    expect(cache.takeUnwritten()).toEqual({
      collection: 'fruit-v1',
      puts: [{ ...apple, position: 2 }],
      deletes: [{ id: 'pear', position: 3 }],
    });
    expect(cache.takeUnwritten()).toEqual({ collection: 'fruit-v1', puts: [], deletes: [] });
  });

  it('keeps what is used between writes, and knows of absent documents that they are', () => {
    const cache = new DocumentCache(defineProjection(rules));
    cache.get('apple').document = apple;
    cache.get('pear').document = null;
    for (let write = 0; write < 5; write++) cache.age();
    expect([cache.get('apple').document, cache.get('pear').document, cache.get('plum').document]).toEqual([
      apple,
      null,
      undefined,
    ]);
  });

  it('S12 keeps few of what callers can make large, however many are used', () => {
    const cache = new DocumentCache(customers);
    const ids = Array.from({ length: 5_000 }, (_, index) => `cust_${index}`);
    for (const id of ids) {
      cache.put(cache.get(id), { ...apple, id }, 1);
      cache.takeUnwritten();
      cache.age();
    }
    expect(ids.filter((id) => cache.get(id).document).length).toBeLessThanOrEqual(2_000);
  });

  it('lets go of nothing that changed while a write was under way, even where it keeps least', () => {
    const cache = new DocumentCache(requests);
    cache.put(cache.get('first'), { ...apple, id: 'first' }, 1);
    cache.takeUnwritten();
    cache.put(cache.get('second'), { ...apple, id: 'second' }, 1);
    cache.age();
    expect(cache.get('second').document).toMatchObject({ id: 'second' });
    expect(cache.takeUnwritten().puts).toMatchObject([{ id: 'second' }]);
    cache.age();
    cache.age();
    expect(cache.get('first').document).toBeUndefined();
  });
});
