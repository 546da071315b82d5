import type { ChatBody } from '../../../src/domain/call/call.js';
import { RingsideError } from '../../../src/domain/errors.js';
import { AnswerSchemas } from '../../../src/upstream/schemas/answer-schemas.js';

const schemas = new AnswerSchemas();
afterAll(() => schemas.onApplicationShutdown());

/** Whether each answer keeps a schema; the refusal's message for a schema that is none. */
async function kept(schema: object, ...answers: unknown[]): Promise<boolean[] | string> {
  const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } };
  try {
    const compiled = (await schemas.of({ messages: [], response_format } as unknown as ChatBody, 'acct_a'))!;
    const found = answers.map((answer) =>
      compiled.mismatchOf([{ text: JSON.stringify(answer), isExcused: false, isCut: false }]),
    );
    return (await Promise.all(found)).map((mismatch) => mismatch === undefined);
  } catch (error) {
    return (error as RingsideError).message;
  }
}

const DIALECTS = [undefined, 'http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2020-12/schema'];

describe('a schema with words of OpenAPI', () => {
  const either = [{ type: 'string' }, { type: 'number' }];
  const a = { $ref: '#/definitions/A' };
  const definitions = { A: { type: 'string' } };

  it.each<[string, object]>([
    ['anyOf', { nullable: true, anyOf: either }],
    ['oneOf', { nullable: true, oneOf: either }],
    ['oneOf that has it already', { nullable: true, oneOf: [...either, { type: 'null' }] }],
    ['allOf', { nullable: true, allOf: [a] }],
    ['a reference', { nullable: true, ...a }],
    ['a type', { nullable: true, type: 'string' }],
    ['types', { nullable: true, type: ['string', 'number'] }],
    ['an enum', { nullable: true, type: 'string', enum: ['x', 'y'] }],
    ['a constant', { nullable: true, const: 'x' }],
    // oxlint-disable-next-line unicorn/no-thenable
    ['a condition', { nullable: true, if: { type: 'number' }, then: false, else: { type: 'string' } }],
    ['a negation', { nullable: true, not: { type: ['object', 'null'] } }],
    ['a format', { nullable: true, type: 'string', minLength: 1, pattern: '.', description: 7 }],
    ['nothing', { nullable: true, not: { type: 'object' } }],
  ])('B40 allows null and nothing else beside: %s', async (_, property) => {
    for (const $schema of DIALECTS) {
      const schema = { ...($schema && { $schema }), type: 'object', definitions, properties: { a: property } };
      expect(await kept(schema, { a: 'x' }, { a: null }, { a: {} })).toEqual([true, true, false]);
    }
  });

  it.each<[string, object]>([
    ['examples as an object', { examples: { one: { value: 'x' } } }],
    ['an example', { example: { nullable: true } }],
    ['a discriminator', { discriminator: { propertyName: 'kind', mapping: { a: '#/definitions/A' } } }],
    ['xml', { xml: { name: 'a', attribute: true } }],
    ['documents elsewhere', { externalDocs: { url: 'https://docs.test' } }],
    ['deprecated', { deprecated: 'since 2' }],
    ['read only', { readOnly: 'yes', writeOnly: null }],
    ['no description', { description: null, title: null }],
    ['nullable in words', { nullable: 'true' }],
    ['not nullable', { nullable: false }],
    ['required of a property', { required: true }],
    ['an unknown format', { format: 'int-of-mine' }],
    ['no format', { format: null }],
    ['extensions', { 'x-nullable': true, 'x-order': 1 }],
    ['a default of another type', { default: 7 }],
  ])('B40 means what it would without them: %s', async (_, words) => {
    for (const $schema of DIALECTS) {
      const schema = {
        ...($schema && { $schema }),
        type: 'object',
        definitions,
        ...words,
        properties: { a: { type: 'string', ...words } },
      };
      expect(await kept(schema, { a: 'x' }, { a: null }, { a: 1 })).toEqual([true, false, false]);
    }
  });

  it('B40 says of a limit that it is exclusive', async () => {
    const between = { minimum: 1, exclusiveMinimum: true, maximum: 3, exclusiveMaximum: false };
    expect(await kept({ items: between }, [1], [2], [3], [4])).toEqual([false, true, true, false]);
    expect(await kept({ items: { exclusiveMinimum: 1, exclusiveMaximum: 3 } }, [1], [2], [3])).toEqual([
      false,
      true,
      false,
    ]);
    expect(await kept({ exclusiveMaximum: true }, 1)).toEqual([true]);
  });

  it('B40 has numbers of its formats', async () => {
    expect(await kept({ type: 'integer', format: 'int32' }, 1, 2 ** 31)).toEqual([true, false]);
    expect(await kept({ type: 'number', format: 'float' }, 1.5)).toEqual([true]);
  });

  it('B40 keeps its schemas in components, and what is a name is no word', async () => {
    const Pet = { type: 'object', nullable: true, properties: { nullable: { type: 'boolean' }, example: { type: 'integer', minimum: 0, exclusiveMinimum: true } }, required: ['example'] }; // prettier-ignore
    const schema = {
      type: 'object',
      properties: { pet: { $ref: '#/components/schemas/Pet', description: 'beside it' } },
      components: { schemas: { Pet } },
    };
    expect(
      await kept(schema, { pet: null }, { pet: { nullable: true, example: 1 } }, { pet: { example: 0 } }, { pet: {} }),
    ).toEqual([true, true, false, false]);
    expect(await kept({ enum: [{ nullable: true }] }, { nullable: true }, {})).toEqual([true, false]);
  });
});

describe('a schema of another draft', () => {
  const NEWER: readonly (readonly [word: string, schema: object, good: unknown, bad: unknown])[] = [
    ['prefixItems', { prefixItems: [{ type: 'string' }], items: false }, ['x'], ['x', 1]],
    ['prefixItems, in a property', { properties: { a: { prefixItems: [{ type: 'string' }, { type: 'integer' }] } } }, { a: ['x', 1] }, { a: [1, 'x'] }],
    ['prefixItems, in components', { $ref: '#/components/schemas/A', components: { schemas: { A: { prefixItems: [{ type: 'string', nullable: true }] } } } }, [null], [1]],
    ['unevaluatedProperties', { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false }, { a: 1 }, { b: 1 }],
    ['dependentRequired', { dependentRequired: { a: ['b'] } }, { a: 1, b: 1 }, { a: 1 }],
    ['dependentSchemas', { dependentSchemas: { a: { required: ['b'] } } }, { a: 1, b: 1 }, { a: 1 }],
    ['minContains', { contains: { type: 'string' }, minContains: 2 }, ['a', 'b'], ['a', 1]],
    ['$anchor', { $ref: '#word', $defs: { Word: { $anchor: 'word', type: 'string' } } }, 'x', 1],
    ['$dynamicRef', { $dynamicAnchor: 'tree', properties: { inner: { items: { $dynamicRef: '#tree' } } }, required: ['inner'] }, { inner: [{ inner: [] }] }, { inner: [{}] }],
  ]; // prettier-ignore
  it.each(NEWER)('B40 is read as 2020-12 where its words say so: %s', async (_, schema, good, bad) => {
    for (const $schema of [
      undefined,
      'https://json-schema.org/draft/2020-12/schema',
      'https://spec.openapis.org/oas/3.1/dialect/base',
    ]) {
      expect(await kept({ ...($schema && { $schema }), ...schema }, good, bad)).toEqual([true, false]);
    }
  });

  it('B40 is read as an older one where a list of items says so, and names are no words', async () => {
    expect(await kept({ items: [{ type: 'string' }], additionalItems: false }, ['x'], [1], ['x', 1])).toEqual([
      true,
      false,
      false,
    ]);
    const named = { properties: { prefixItems: { items: [{ type: 'string' }] } }, default: { minContains: 1 } };
    expect(await kept(named, { prefixItems: ['x'] }, { prefixItems: [1] })).toEqual([true, false]);
  });

  it.each([
    'http://json-schema.org/draft-04/schema#',
    'http://json-schema.org/draft-06/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://spec.openapis.org/oas/3.1/dialect/2024-11-10',
  ])('B40 may be named: %s', async ($schema) => {
    const schema = { $schema, id: 'http://schemas.test/a', properties: { a: { id: '#a', minimum: 0, exclusiveMinimum: true }, id: { type: 'string' } } };
    expect(await kept(schema, { a: 1 }, { a: 0 }, { id: 'x' }, { id: 1 })).toEqual([true, false, true, false]);
  }); // prettier-ignore

  it('B40 has multiples of cents', async () => {
    expect(await kept({ items: { multipleOf: 0.01 } }, [0.07], [1.13], [19.99], [4.35], [0.075])).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});

describe('a pattern of Python', () => {
  it.each<[string, string[], string[]]>([
    [String.raw`\A\d+\Z`, ['12'], ['A12', '12Z', 'x12']],
    [String.raw`\A[a-z]+\z`, ['ab'], ['Aab', 'abz1']],
    [String.raw`^[\\A]\\Z$`, [String.raw`A\Z`, String.raw`\\Z`], ['AZ']],
    [String.raw`(?P<year>\d{4})-(?P=year)`, ['2026-2026'], ['2026-2027']],
    ['(?i)^yes$', ['YES', 'yes'], ['no']],
    ['^(?i)yes$', ['YES', 'yes'], ['no', 'ayes']],
    ['(?u)^(?#a word)[[:alpha:]_]+$', ['ab_c'], ['1', 'ä', ':']],
    [String.raw`^[^[:space:][:punct:]]\pL$`, ['1ä'], [' a', '!a', '11']],
    ['^[:a]$', [':', 'a'], ['b']],
  ])('B40 is read as it is meant: %s', async (pattern, good, bad) => {
    const schema = { items: { pattern } };
    expect([
      await kept(schema, ...good.map((text) => [text])),
      await kept(schema, ...bad.map((text) => [text])),
    ]).toEqual([good.map(() => true), bad.map(() => false)]);
  });
});
