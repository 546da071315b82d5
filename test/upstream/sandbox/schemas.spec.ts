import { compileSchema } from '../../../src/upstream/schemas/schema-check.js';
import { plainestValue } from '../../../src/upstream/sandbox/schema-value.js';

const object = (properties: Record<string, unknown>, more: object = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  ...more,
});
const [text, whole] = [{ type: 'string' }, { type: 'integer' }];

describe('what the sandbox answers for a schema', () => {
  it.each<[string, object, unknown]>([
    ['a tuple', object({ p: { type: 'array', prefixItems: [text, whole], minItems: 2, maxItems: 2 } }), { p: ['', 0] }],
    ['a longer one', { prefixItems: [text], items: whole, minItems: 3 }, ['', 0, 0]],
    ['a closed one', object({ p: { prefixItems: [text], items: false } }), { p: [''] }],
    ['a short one', object({ p: { prefixItems: [text, whole], maxItems: 1 } }), { p: [''] }],
    ['a tuple of an older draft', object({ p: { type: 'array', items: [text, whole], minItems: 2, additionalItems: false } }), { p: ['', 0] }],
    ['a tuple that may be left out', { properties: { t: { prefixItems: [{ ...text, pattern: 'x' }] }, u: { prefixItems: [whole] } } }, { u: [0] }],
    ['an exclusive limit of OpenAPI', object({ a: { type: 'number', minimum: 0, exclusiveMinimum: true } }), { a: 0.5 }],
    ['one of whole numbers', object({ a: { ...whole, minimum: 3, exclusiveMinimum: true } }), { a: 4 }],
    ['what may be null', object({ a: { ...text, nullable: true } }), { a: '' }],
    ['what else is required', { properties: { a: text, b: text, c: text }, required: ['a'], dependentRequired: { a: ['b'], b: ['c'] } }, { a: '', b: '', c: '' }],
    ['an anchor', object({ a: { $ref: '#word' } }, { $defs: { Word: { $anchor: 'word', ...text, minLength: 1 } } }), { a: '-' }],
    ['an anchor that is not there', object({ a: text }, { properties: { a: text, b: { $ref: '#none' } } }), { a: '' }],
    ['itself', { $dynamicAnchor: 'tree', ...object({ kids: { type: 'array', items: { $dynamicRef: '#tree' } } }) }, { kids: [{ kids: [] }] }],
  ])('C3 is valid: %s', (name, schema, value) => {
    expect(plainestValue(schema)).toEqual(value);
    if (name === 'an anchor that is not there') return;
    const check = compileSchema(JSON.stringify(schema), 10_000);
    expect(typeof check === 'function' && check([{ text: JSON.stringify(value), isExcused: false, isCut: false }], 10_000)).toBe('kept');
  });
}); // prettier-ignore
