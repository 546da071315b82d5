import fc from 'fast-check';
import { StoreUnavailable } from '../../src/domain/store-unavailable.js';
import type { Collection, Document, DocumentStore, Filter, WriteBatch } from '../../src/views/document-store.js';

/** A store of its own for one test, to which any number of connections can be made, one after another. */
export interface DocumentStoreUnderTest {
  connect(): Promise<DocumentStore>;
  dispose(): Promise<void>;
}

type Fruit = Document<{
  readonly colour: string | null;
  readonly weight: number;
  readonly ripe?: boolean;
  readonly note?: unknown;
}>;

/** A collection with a field of each type, a field with a reserved word for a name, and an index. */
const FRUIT: Collection = {
  name: 'fruit-v1',
  fields: { colour: 'text', weight: 'integer', ripe: 'integer', order: 'text' },
  indexes: [['colour', 'weight'], ['order']],
  sparse: ['order'],
};

const NO_WRITES = { puts: [], deletes: [] };

/** What every adapter of the DocumentStore port must do. */
export function describeDocumentStoreContract(name: string, make: () => Promise<DocumentStoreUnderTest>): void {
  describe(`DocumentStore contract: ${name}`, () => {
    let underTest: DocumentStoreUnderTest;
    let store: DocumentStore;

    beforeEach(async () => {
      underTest = await make();
      store = await underTest.connect();
      await store.declare([FRUIT]);
    });

    afterEach(async () => {
      await store.close();
      await underTest.dispose();
    });

    const within: TestContext = {
      store: () => store,
      put: (puts, position = Math.max(...puts.map((fruit) => fruit.position))) =>
        store.write([{ collection: FRUIT.name, puts, deletes: [] }], { name: 'test', position }),
      reopen: async () => {
        await store.close();
        store = await underTest.connect();
        return store;
      },
    };
    describe('write', () => writing(within));
    describe('find', () => finding(within));
    describe('snapshot', () => lookingBack(within));
    describe('declare and close', () => livingAndDying(within));
  });
}

interface TestContext {
  store(): DocumentStore;
  put(puts: readonly Fruit[], position?: number): Promise<void>;
  /** Closes the store and opens it again. */
  reopen(): Promise<DocumentStore>;
}

const apple: Fruit = { id: 'apple', position: 1, colour: 'red', weight: 150, ripe: true };
const banana: Fruit = { id: 'banana', position: 2, colour: 'yellow', weight: 120, ripe: false };
const cherry: Fruit = { id: 'cherry', position: 3, colour: 'red', weight: 8 };

function writing({ store, put }: TestContext): void {
  const getAll = (...ids: string[]) => store().getMany<Fruit>(FRUIT.name, ids);
  const write = (
    changes: { readonly puts?: readonly Fruit[]; readonly deletes?: WriteBatch['deletes'] },
    position: number,
    name = 'test',
  ) => store().write([{ collection: FRUIT.name, ...NO_WRITES, ...changes }], { name, position });

  it('gives back what was put, with every value and in the order of its properties', async () => {
    const odd: Fruit = {
      id: 'a/b c"\'\u{1f34e}\u0001',
      position: 4,
      weight: 0,
      colour: null,
      note: {
        __proto__: null,
        deep: [1, -2.5, 'é', null, true, { z: 1, a: 2 }],
        money: '123456789012345678901234567890',
        empty: '',
      },
    };
    await put([apple, odd]);
    const found = await getAll(odd.id, 'apple', 'pear');
    expect(found.map((fruit) => JSON.stringify(fruit)).toSorted()).toEqual(
      [JSON.stringify(apple), JSON.stringify(odd)].toSorted(),
    );
  });

  it('a property may have any name', async () => {
    const note = JSON.parse('{"__proto__":"x","constructor":"y"}') as unknown;
    await put([{ ...apple, note }]);
    expect(JSON.stringify((await getAll('apple'))[0]!.note)).toBe('{"__proto__":"x","constructor":"y"}');
  });

  it('replaces a document by one of a later position', async () => {
    await put([apple]);
    await put([{ ...apple, position: 5, colour: 'green' }]);
    expect(await getAll('apple')).toEqual([{ ...apple, position: 5, colour: 'green' }]);
    expect(await store().find(FRUIT.name, { where: { colour: 'red' } })).toEqual([]);
  });

  it('a put or deletion that is older than the stored document, or as old, changes nothing, and hinders no other', async () => {
    await put([{ ...apple, position: 5 }]);
    await write({ puts: [{ ...apple, position: 4, colour: 'green' }, banana] }, 5, 'another');
    await write({ puts: [{ ...apple, position: 5, colour: 'blue' }] }, 6, 'another');
    await write({ deletes: [{ id: 'apple', position: 5 }] }, 6, 'a third');
    expect(await getAll('apple', 'banana')).toEqual(expect.arrayContaining([{ ...apple, position: 5 }, banana]));
  });

  it('deletes documents; deleting what is not there changes nothing', async () => {
    await put([apple, banana]);
    const deletes = ['apple', 'pear'].map((id) => ({ id, position: 3 }));
    await write({ puts: [cherry], deletes }, 3);
    expect(await store().find(FRUIT.name, {})).toEqual([banana, cherry]);
  });

  it('two processes that fold one book: what the checkpoint has passed changes nothing when the slower one writes it', async () => {
    await put([apple], 1);
    await write({ deletes: [{ id: 'apple', position: 2 }] }, 2);
    await put([apple], 1);
    expect(await getAll('apple')).toEqual([]);
    await put([{ ...apple, position: 3 }], 3);
    await write({ deletes: [{ id: 'apple', position: 2 }] }, 2);
    await write(
      {
        puts: [
          { ...apple, position: 2 },
          { ...banana, position: 4 },
        ],
      },
      4,
    );
    expect(await store().find(FRUIT.name, {})).toEqual([
      { ...apple, position: 3 },
      { ...banana, position: 4 },
    ]);
  });

  it('moves the checkpoint with the documents, never back, each name for itself', async () => {
    expect(await store().checkpoint('test')).toBe(0);
    await put([apple], 7);
    await store().write([], { name: 'other', position: 2 });
    await store().write([{ collection: FRUIT.name, ...NO_WRITES }], { name: 'test', position: 6 });
    expect([await store().checkpoint('test'), await store().checkpoint('other')]).toEqual([7, 2]);
  });

  it('counts what stands up to a position, however much there is', async () => {
    const many = Array.from({ length: 25_000 }, (_, n) => ({ ...apple, id: `apple-${n}`, position: n + 1 }));
    await put(many);
    const counts = [0, 1, 20_000, 25_000].map((position) => store().count(FRUIT.name, position));
    expect(await Promise.all(counts)).toEqual([0, 1, 20_000, 25_000]);
  });

  it('writes all or nothing: when one document cannot be stored, neither the others nor the checkpoint are', async () => {
    const impossible = { ...banana, weight: 'heavy' } as unknown as Fruit;
    await expect(put([apple, impossible])).rejects.toThrow();
    expect(await getAll('apple', 'banana')).toEqual([]);
    expect(await store().checkpoint('test')).toBe(0);
    await put([apple]);
    expect(await getAll('apple')).toEqual([apple]);
  });

  it('keeps the order of writes that were not waited for', async () => {
    const writes = Array.from({ length: 50 }, (_, index) => put([{ ...apple, position: index + 1, weight: index }]));
    const read = getAll('apple');
    await Promise.all(writes);
    expect(await read).toEqual([{ ...apple, position: 50, weight: 49 }]);
  });

  it('takes and gives more documents than fit any page (R19)', async () => {
    const many = Array.from({ length: 10_000 }, (_, index): Fruit => ({
      ...apple,
      id: `apple-${String(index).padStart(5, '0')}`,
      position: index + 1,
    }));
    await put(many);
    expect(await getAll(...many.map(({ id }) => id))).toHaveLength(10_000);
    expect((await store().find<Fruit>(FRUIT.name, {})).map(({ id }) => id)).toEqual(many.map(({ id }) => id));
  });
}

function finding({ store, put }: TestContext): void {
  const ids = async (filter: Filter) => (await store().find(FRUIT.name, filter)).map(({ id }) => id);

  it('by equal fields, null and booleans among them', async () => {
    await put([apple, banana, cherry, { id: 'date', position: 4, colour: null, weight: 8 }]);
    expect(await ids({ where: { colour: 'red' } })).toEqual(['apple', 'cherry']);
    expect(await ids({ where: { colour: null } })).toEqual(['date']);
    expect(await ids({ where: { weight: 8, colour: 'red' } })).toEqual(['cherry']);
    expect(await ids({ where: { ripe: 1 } })).toEqual(['apple']);
    expect(await ids({ where: { ripe: null } })).toEqual(['cherry', 'date']);
    expect(await ids({ where: { id: 'banana' } })).toEqual(['banana']);
    expect(await ids({ where: { colour: 'pink' } })).toEqual([]);
  });

  it('in a range, from inclusive, to exclusive, of a field or of ids', async () => {
    await put([apple, banana, cherry]);
    expect(await ids({ range: { field: 'weight', from: 120, to: 150 } })).toEqual(['banana']);
    expect(await ids({ range: { field: 'weight', from: 120 } })).toEqual(['apple', 'banana']);
    expect(await ids({ range: { field: 'weight', to: 120 } })).toEqual(['cherry']);
    expect(await ids({ range: { field: 'id', from: 'b', to: 'cherry' } })).toEqual(['banana']);
  });

  it('a field may be called like a word of the engine; one that was not declared is an error', async () => {
    await put([{ ...apple, order: 'first' } as Fruit]);
    expect(await ids({ where: { order: 'first' } })).toEqual(['apple']);
    await expect(ids({ where: { taste: 'sweet' } })).rejects.toThrow('taste');
    await expect(ids({ orderBy: '1; DROP TABLE fruit' })).rejects.toThrow('DROP');
  });

  it('behind a place outside of the range, as when somebody made it up, is the whole range or nothing', async () => {
    await put([apple, banana, cherry]);
    const light = { orderBy: 'weight', range: { field: 'weight', from: 100, to: 150 } } as const;
    expect(await ids({ ...light, after: { id: 'a', value: 1 } })).toEqual(['banana']);
    expect(await ids({ ...light, after: { id: 'z', value: 100 } })).toEqual(['banana']);
    expect(await ids({ ...light, after: { id: 'banana', value: 120 } })).toEqual([]);
    expect(await ids({ ...light, after: { id: 'a', value: 1000 } })).toEqual([]);
    expect(await ids({ ...light, order: 'desc', after: { id: 'z', value: 1000 } })).toEqual(['banana']);
    expect(await ids({ ...light, order: 'desc', after: { id: 'z', value: 150 } })).toEqual(['banana']);
    expect(await ids({ ...light, order: 'desc', after: { id: 'a', value: 1 } })).toEqual([]);
    expect(await ids({ range: { field: 'id', from: 'b', to: 'c' }, after: { id: 'a' } })).toEqual(['banana']);
    expect(await ids({ range: { field: 'id', from: 'b', to: 'c' }, after: { id: 'banana' } })).toEqual([]);
  });

  it('answers several searches as of one moment, whatever is written meanwhile', async () => {
    await put([apple]);
    const search = { collection: FRUIT.name, filter: {} };
    const writes = [2, 3, 4, 5, 6].map((position) => put([{ ...apple, position }]));
    const answers = await Promise.all(Array.from({ length: 5 }, () => store().findTogether([search, search, search])));
    await Promise.all(writes);
    for (const answer of answers) expect(new Set(answer.map(([fruit]) => fruit!.position)).size).toBe(1);
  });

  it('any filter finds, in order and page by page, what a simple model finds', async () => {
    const fruit = fc.record({
      id: fc.string({ unit: fc.constantFrom('a', 'b', 'é', '/', '~'), minLength: 1, maxLength: 3 }),
      colour: fc.constantFrom('red', 'green', null),
      weight: fc.integer({ min: 0, max: 4 }),
    });
    const filter = fc.record({
      where: fc.constantFrom<Filter['where'][]>(
        {},
        { colour: 'red' },
        { colour: null },
        { colour: 'green', weight: 2 },
      ),
      range: fc.constantFrom(
        undefined,
        { field: 'weight', from: 1 },
        { field: 'weight', from: 1, to: 3 },
        { field: 'id', from: 'b' },
      ),
      orderBy: fc.constantFrom(undefined, 'id', 'weight'),
      order: fc.constantFrom(undefined, 'asc' as const, 'desc' as const),
      limit: fc.integer({ min: 1, max: 4 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fruit, { selector: ({ id }) => id, maxLength: 15 }),
        fc.array(filter, { minLength: 1, maxLength: 5 }),
        async (fruits, filters) => {
          const collection = { ...FRUIT, name: `fruit-${++round}` };
          const documents = fruits.map((fields): Fruit => ({ ...fields, position: round }));
          await store().declare([collection]);
          await store().write([{ collection: collection.name, puts: documents, deletes: [] }], {
            name: 'model',
            position: round,
          });
          for (const asked of filters)
            expect(await paged(store(), collection.name, asked)).toEqual(found(documents, asked));
        },
      ),
      { numRuns: 100 },
    );
  });
}

function lookingBack({ store, put }: TestContext): void {
  const search = { collection: FRUIT.name, filter: {} };

  it('shows the documents as they were when it began, however much is written meanwhile', async () => {
    await put([apple, banana]);
    const before = await store().snapshot();
    const greenApple: Fruit = { ...apple, position: 4, colour: 'green' };
    const change = { collection: FRUIT.name, puts: [greenApple], deletes: [{ id: 'banana', position: 4 }] };
    await store().write([change], { name: 'test', position: 4 });
    const after = await store().snapshot();
    const first = { collection: FRUIT.name, filter: { limit: 1 } };
    expect(await before.findTogether([search, first])).toEqual([[apple, banana], [apple]]);
    const behindIt = { collection: FRUIT.name, filter: { limit: 1, after: { id: 'apple' } } };
    expect(await before.findTogether([behindIt])).toEqual([[banana]]);
    expect(await after.findTogether([search])).toEqual([[greenApple]]);
    await Promise.all([before.end(), after.end()]);
  });

  it('holds what was written before it was asked for, though nobody waited for that', async () => {
    const written = put([apple]);
    const snapshot = await store().snapshot();
    expect(await snapshot.findTogether([search])).toEqual([[apple]]);
    await Promise.all([written, snapshot.end()]);
  });

  it('gives nothing once it has ended, which may be said twice; the next one is of its own moment', async () => {
    const ended = await store().snapshot();
    await ended.end();
    await ended.end();
    await expect(ended.findTogether([search])).rejects.toThrow('ended');
    await put([apple]);
    const next = await store().snapshot();
    expect(await next.findTogether([search])).toEqual([[apple]]);
    await next.end();
  });

  it('one that nobody has ended does not keep the store from closing', async () => {
    const forgotten = await store().snapshot();
    await store().close();
    await expect(forgotten.findTogether([search])).rejects.toBeInstanceOf(StoreUnavailable);
  });
}

/** Reads page after page, each behind the last document of the one before. */
async function paged(store: DocumentStore, collection: string, filter: Filter): Promise<Fruit[]> {
  const all: Fruit[] = [];
  for (;;) {
    const last = all.at(-1);
    const value = filter.orderBy === 'weight' ? last?.weight : undefined;
    const page = await store.find<Fruit>(collection, { ...filter, after: last && { id: last.id, value } });
    all.push(...page);
    if (page.length < filter.limit!) return all;
  }
}

/** The port's words, in the plainest code. */
function found(documents: readonly Fruit[], { where = {}, range, orderBy = 'id', order = 'asc' }: Filter): Fruit[] {
  const value = (document: Fruit, field: string) =>
    (document as unknown as Record<string, string | number | null>)[field]!;
  const compared = (a: string | number, b: string | number) =>
    typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b as string)) : a - (b as number);
  return documents
    .filter((document) => Object.entries(where).every(([field, wanted]) => value(document, field) === wanted))
    .filter((document) => range?.from === undefined || compared(value(document, range.field)!, range.from) >= 0)
    .filter((document) => range?.to === undefined || compared(value(document, range.field)!, range.to) < 0)
    .toSorted((a, b) => {
      const difference = compared(value(a, orderBy)!, value(b, orderBy)!) || compared(a.id, b.id);
      return order === 'asc' ? difference : -difference;
    });
}

function livingAndDying({ store, put, reopen }: TestContext): void {
  it('declaring again changes nothing, and other collections may be added', async () => {
    await put([apple]);
    await store().declare([FRUIT, { ...FRUIT, name: 'fruit-v2' }]);
    expect(await store().find(FRUIT.name, {})).toEqual([apple]);
    expect(await store().find('fruit-v2', {})).toEqual([]);
  });

  it('a collection that was not declared is an error', async () => {
    await expect(store().find('vegetables-v1', {})).rejects.toThrow('vegetables-v1');
    await expect(store().getMany('vegetables-v1', ['leek'])).rejects.toThrow('vegetables-v1');
    await expect(
      store().write([{ collection: 'vegetables-v1', ...NO_WRITES }], { name: 'test', position: 1 }),
    ).rejects.toThrow('vegetables-v1');
    expect(await store().checkpoint('test')).toBe(0);
  });

  it('closing finishes the writes under way; whoever opens the store next finds them', async () => {
    const writes = [put([apple], 1), put([banana], 2), put([cherry], 3)];
    const reopened = await reopen();
    await Promise.all(writes);
    await reopened.declare([FRUIT]);
    expect(await reopened.find(FRUIT.name, {})).toEqual([apple, banana, cherry]);
    expect(await reopened.checkpoint('test')).toBe(3);
  });

  it('refuses everything once it is closed; closing may be repeated', async () => {
    await store().close();
    await store().close();
    await expect(store().find(FRUIT.name, {})).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(put([apple])).rejects.toBeInstanceOf(StoreUnavailable);
  });
}
