import { defineProjection } from '../../src/views/projection.js';
import { customers } from '../../src/views/projections/customers.js';
import { requests } from '../../src/views/projections/requests.js';
import { Shelf } from '../../src/views/shelf.js';

const rules = { name: 'fruit', version: 1, fields: {}, indexes: [], events: [], keysOf: () => [], evolve: () => null };
const apple = { id: 'apple', position: 1 };

describe('Shelf', () => {
  it('hands out each change once, the latest state of it', () => {
    const shelf = new Shelf(defineProjection(rules));
    shelf.put(shelf.slot('apple'), apple, 1);
    shelf.put(shelf.slot('apple'), { ...apple, position: 2 }, 2);
    shelf.put(shelf.slot('pear'), null, 3);
    expect(shelf.waiting).toBe(2);
    expect(shelf.takeUnwritten()).toEqual({
      collection: 'fruit-v1',
      puts: [{ ...apple, position: 2 }],
      deletes: [{ id: 'pear', position: 3 }],
    });
    expect(shelf.takeUnwritten()).toEqual({ collection: 'fruit-v1', puts: [], deletes: [] });
  });

  it('keeps what is used between writes, and knows of absent documents that they are', () => {
    const shelf = new Shelf(defineProjection(rules));
    shelf.slot('apple').document = apple;
    shelf.slot('pear').document = null;
    for (let write = 0; write < 5; write++) shelf.age();
    expect([shelf.slot('apple').document, shelf.slot('pear').document, shelf.slot('plum').document]).toEqual([apple, null, undefined]);
  });

  it('S12 keeps few of what callers can make large, however many are used', () => {
    const shelf = new Shelf(customers);
    const ids = Array.from({ length: 5_000 }, (_, index) => `cust_${index}`);
    for (const id of ids) {
      shelf.put(shelf.slot(id), { ...apple, id }, 1);
      shelf.takeUnwritten();
      shelf.age();
    }
    expect(ids.filter((id) => shelf.slot(id).document).length).toBeLessThanOrEqual(2_000);
  });

  it('lets go of nothing that changed while a write was under way, even where it keeps least', () => {
    const shelf = new Shelf(requests);
    shelf.put(shelf.slot('first'), { ...apple, id: 'first' }, 1);
    shelf.takeUnwritten();
    shelf.put(shelf.slot('second'), { ...apple, id: 'second' }, 1);
    shelf.age();
    expect(shelf.slot('second').document).toMatchObject({ id: 'second' });
    expect(shelf.takeUnwritten().puts).toMatchObject([{ id: 'second' }]);
    shelf.age();
    shelf.age();
    expect(shelf.slot('first').document).toBeUndefined();
  });
});
