import { RingsideError } from '../../src/domain/errors.js';
import { AnswerSchemas } from '../../src/upstream/answer-schemas.js';

const schemas = new AnswerSchemas();
const bodyOf = (schema: unknown) => ({
  model: 'fc:sandbox/echo',
  messages: [{ role: 'user', content: 'Hi' }],
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
});
const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };

function mismatchOf(schema: unknown, text: string | null, parts: { isExcused?: boolean; isCut?: boolean } = {}) {
  return schemas.of(bodyOf(schema))!.mismatchOf([{ text, isExcused: false, isCut: false, ...parts }]);
}

describe('the schema of an answer', () => {
  it.each<[unknown, string]>([
    [city, '{"city":"Paris"}'],
    [city, ' \n{ "city": "Paris" }\n'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#', ...city }, '{"city":""}'],
    [{ $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'string' }] }, '["x"]'],
    [{ $defs: { n: { type: 'integer' } }, type: 'array', items: { $ref: '#/$defs/n' } }, '[1,2]'],
    [{ type: 'string', format: 'date' }, '"2026-11-22"'],
    [{ type: 'string', format: 'made-up' }, '"anything"'],
    [{ type: 'string', pattern: '^\\d+/\\p{L}$' }, '"12/ä"'],
    [{ type: 'string', pattern: String.raw`^\d{3}\-\d$` }, '"123-4"'],
    [{ type: 'object', 'x-vendor': true }, '{}'],
  ])('is kept: %j by %s', (schema, text) => {
    expect(mismatchOf(schema, text)).toBeUndefined();
  });

  it.each<[unknown, string | null, string]>([
    [city, null, 'is not JSON'],
    [city, '', 'is not JSON'],
    [city, '```json\n{"city":"Paris"}\n```', 'is not JSON'],
    [city, '{"city":"Paris"} and more', 'is not JSON'],
    [city, '{"city":1}', '/city must be string'],
    [city, '{}', "the value must have required property 'city'"],
    [city, '{"city":"Paris","secret-canary":1}', 'additional properties'],
    [{ type: 'string', format: 'date' }, '"tomorrow"', 'format'],
    [{ type: 'string', pattern: '^a+$' }, '"b"', 'pattern'],
  ])('is not kept: %j by %j', (schema, text, words) => {
    const mismatch = mismatchOf(schema, text)!;
    expect(mismatch.error).toMatchObject({ code: 'response_schema_validation_failed', status: 422, shouldRetry: false });
    expect(mismatch.error.message).toContain(words);
    expect(mismatch.error.message).not.toContain('canary');
    expect(mismatch).toMatchObject({ text, isCorrectable: true });
  });

  it('is not owed by an answer that calls tools or refuses, and not corrected in one that was cut off', () => {
    expect(mismatchOf(city, null, { isExcused: true })).toBeUndefined();
    const cut = mismatchOf(city, '{"city":"Par', { isCut: true })!;
    expect(cut.isCorrectable).toBe(false);
    expect(cut.error.message).toContain('cut off at its output limit');
  });

  it('must be kept by every choice', () => {
    const good = { text: '{"city":"Paris"}', isExcused: false, isCut: false };
    expect(schemas.of(bodyOf(city))!.mismatchOf([good, { ...good, text: 'x' }])!.text).toBe('x');
  });

  it('does not hold up the process by a pattern that takes for ever', () => {
    const mismatch = mismatchOf({ type: 'string', pattern: '^(a+)+$' }, JSON.stringify(`${'a'.repeat(50)}!`))!;
    expect(mismatch.error.message).toContain('takes too long');
    expect(mismatchOf({ type: 'string', pattern: '^(a+)+$' }, '"aaa"')).toBeUndefined();
  });

  /** Each level holds the next one twice: to check the outermost is to check the innermost 2^levels times. */
  function doubling(levels: number): object {
    const twice = (ref: string) => ({ allOf: [{ $ref: ref }, { $ref: ref }] });
    const levelsOf = Array.from({ length: levels }, (_, level) => [`a${level}`, twice(`#/$defs/a${level + 1}`)]);
    return { $ref: '#/$defs/a0', $defs: { ...Object.fromEntries(levelsOf), [`a${levels}`]: { type: 'null' } } };
  }

  it.each<[string, unknown, unknown]>([
    ['references that double at each level', doubling(60), null],
    ['many texts, each of them fast enough', { items: { not: { pattern: '^(a+)+$' } } }, Array(5000).fill(`${'a'.repeat(22)}!`)],
  ])('does not hold up the process by %s', (_, schema, answer) => {
    const mismatch = mismatchOf(schema, JSON.stringify(answer))!;
    expect(mismatch.error.message).toContain('takes too long');
    expect(mismatch.isCorrectable).toBe(false);
  });

  it('that refers to itself without end is kept by nothing', () => {
    expect(mismatchOf({ $ref: '#' }, '{}')!.error.message).toContain('refers to itself without end');
  });

  it('may be used in a hundred places without becoming a hundred times as long', () => {
    const properties = Object.fromEntries(Array.from({ length: 100 }, (_, place) => [`p${place}`, { $ref: '#/$defs/x' }]));
    const x = { type: 'object', properties: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`k${at}`, { type: 'string' }])) };
    expect(mismatchOf({ type: 'object', properties, $defs: { x } }, '{"p99":{"k199":1}}')!.error.message).toContain('/p99/k199');
  });

  it('is compiled once, and two with the same $id do not meet', () => {
    expect(schemas.of(bodyOf(city))).toBe(schemas.of(bodyOf(structuredClone(city))));
    expect(mismatchOf({ $id: 'https://schemas.test/one', type: 'string' }, '"x"')).toBeUndefined();
    expect(mismatchOf({ $id: 'https://schemas.test/one', type: 'integer' }, '1')).toBeUndefined();
  });

  it('is undefined where no schema is asked for', () => {
    const { response_format: _, ...plain } = bodyOf(city);
    expect(schemas.of(plain)).toBeUndefined();
    expect(schemas.of({ ...plain, response_format: { type: 'json_object' } })).toBeUndefined();
  });

  it.each([
    [undefined],
    [null],
    ['object'],
    [[]],
    [{ type: 'objekt' }],
    [{ $ref: '#/gone' }],
    [{ pattern: '(' }],
    [{ $schema: 'urn:none' }],
    [{ $async: true, type: 'object', required: ['city'] }],
    [{ $defs: { city: { $async: true } }, $ref: '#/$defs/city' }],
    [{ $ref: 'https://schemas.test/elsewhere' }],
  ])('that is %j is refused, the second time as the first', (schema) => {
    const refusals = [1, 2].map(() => {
      try {
        return schemas.of(bodyOf(schema));
      } catch (error) {
        return error as RingsideError;
      }
    });
    expect(refusals[0]).toMatchObject({ status: 400, code: 'invalid_schema' });
    expect(refusals[1]).toEqual(refusals[0]);
    expect(refusals[1]).not.toBe(refusals[0]);
  });
});
