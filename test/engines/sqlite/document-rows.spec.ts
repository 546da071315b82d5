import fc from 'fast-check';
import { DocumentRows, type DocumentRow } from '../../../src/engines/sqlite/document-rows.js';
import type { Collection, Document } from '../../../src/views/document-store.js';

const FRUIT: Collection = {
  name: 'fruit-v1',
  fields: { colour: 'text', weight: 'integer', ripe: 'boolean' },
  indexes: [],
  shapes: [
    ['colour', 'weight', ['seeds', ['count', 'kind']], 'note', 'ripe', 'id', 'position'],
    ['colour', 'weight', ['seeds', ['count', 'kind']], 'ripe', 'id', 'position'],
  ],
};

const rows = new DocumentRows(FRUIT);

/** The row as SQLite keeps it, which makes Unicode of each text. */
function stored(document: Document): DocumentRow {
  const row: unknown[] = [];
  rows.pack(document, row as never[]);
  return row.map((value) => (typeof value === 'string' ? Buffer.from(value).toString() : value)) as DocumentRow;
}

const bodyOf = (document: object) => stored(document as Document)[2] as string;

const apple = {
  colour: 'red',
  weight: 150,
  seeds: { count: 5, kind: 'a' },
  note: [1],
  ripe: true,
  id: 'apple',
  position: 7,
};

it('stores the values of a document that has a shape, without names and without what has a column', () => {
  expect(bodyOf(apple)).toBe('[0,5,"a",[1]]');
  const { note: _, ...plain } = apple;
  expect(bodyOf(plain)).toBe('[1,5,"a"]');
  expect(bodyOf({ ...apple, note: undefined })).toBe('[1,5,"a"]');
});

it.each<[string, object]>([
  ['has one property more', { ...apple, more: 1 }],
  ['has another order', Object.fromEntries(Object.entries(apple).toReversed())],
  ['has no object where one is due', { ...apple, seeds: null }],
  ['has a list where an object is due', { ...apple, seeds: ['count', 'kind'] }],
  ['has another object there', { ...apple, seeds: { count: 5 } }],
  ['has a fraction in a column for integers', { ...apple, weight: 1.5 }],
  ['has a number in a column for texts', { ...apple, colour: 3 }],
  ['has a number where true or false is due', { ...apple, ripe: 1 }],
  ['has a text that is no Unicode', { ...apple, colour: '\ud800' }],
])('stores a document as it is that %s', (_, document) => {
  expect(bodyOf(document)).toBe(JSON.stringify(document));
  expect(JSON.stringify(rows.unpack(stored(document as Document)))).toBe(JSON.stringify(document));
});

const text = fc.string({ unit: 'binary' });
const leaf = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined));
const value = fc.oneof(leaf, fc.array(leaf), fc.dictionary(text, leaf));
const fruit = fc.record(
  {
    colour: fc.oneof(fc.constant('red'), text, value),
    weight: fc.oneof(fc.integer(), value),
    seeds: fc.oneof(fc.record({ count: value, kind: value }), value),
    note: value,
    ripe: fc.oneof(fc.boolean(), value),
  },
  { requiredKeys: [] },
);

const CALLS: Collection = {
  name: 'calls-v1',
  fields: {},
  indexes: [],
  shapes: [
    [
      { name: 'request', mostly: [{ cutAt: '.', from: 0, to: 1 }] },
      'asked',
      ['used', ['model', { name: 'answered', mostly: ['none', { as: 'model' }] }]],
      'id',
      'position',
    ],
  ],
};

it.each<[string, unknown, unknown, unknown, string]>([
  ['req.1', 'req', 'm', 'none', '[0,0,"x","m",0]'],
  ['req.1', 'req', 'm', 'm', '[0,0,"x","m",1]'],
  ['req.1', 'other', 'm', 'n', '[0,"other","x","m","n"]'],
  ['nodot', '', null, null, '[0,"","x",null,null]'],
  ['nodot', 'nodot', null, null, '[0,0,"x",null,null]'],
  ['.', '', 0, '', '[0,0,"x",0,""]'],
  ['req.1', 0, 'm', 'none', ''],
  ['req.1', 'req', 1, 1, ''],
])('stores of a frequent text which one it is: %j', (id, request, model, answered, body) => {
  const calls = new DocumentRows(CALLS);
  const document = { request, asked: 'x', used: { model, answered }, id, position: 1 };
  const row: unknown[] = [];
  calls.pack(document, row as never[]);
  expect(row[2]).toBe(body || JSON.stringify(document));
  expect(JSON.stringify(calls.unpack(row as DocumentRow))).toBe(JSON.stringify(document));
});

it('gives back each document with every value, in the order of its properties', () => {
  fc.assert(
    fc.property(fruit, fc.uuid(), fc.nat(), (fields, id, position) => {
      const document: Document = { ...fields, id, position };
      expect(JSON.stringify(rows.unpack(stored(document)))).toBe(JSON.stringify(document));
    }),
    { numRuns: 2_000 },
  );
});

it('reads what was stored before there were shapes', () => {
  const row = stored(apple);
  expect(rows.unpack([row[0]!, row[1]!, JSON.stringify(apple), ...row.slice(3)])).toEqual(apple);
});
