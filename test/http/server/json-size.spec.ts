import { parseJsonBody } from '../../../src/http/server/json-body.js';
import { MAX_FIELDS, MAX_VALUES, surveyOf } from '../../../src/http/server/json-size.js';

const list = (count: number, item: (n: number) => string) =>
  `[${Array.from({ length: count }, (_, n) => item(n)).join()}]`;
const object = (count: number, value = '1') =>
  `{${Array.from({ length: count }, (_, n) => `"k${n}":${value}`).join()}}`;
const of = (json: string) => surveyOf(Buffer.from(json)).oversize;

const tooLarge = expect.objectContaining({ code: 'request_too_large', status: 413 });

describe('what a body may hold', () => {
  it.each<[string, string]>([
    ['300,000 token numbers', `{"model":"m","input":${list(300_000, (n) => String(n % 100_000))}}`],
    ['2,048 texts of tokens', `{"input":${list(2048, () => list(140, (n) => String(n)))}}`],
    ['10 MB of text', `{"content":${JSON.stringify('word "quoted" \\ '.repeat(600_000))}}`],
    [
      '6,000 messages with tools',
      list(6000, (n) => `{"role":"tool","tool_call_id":"call_${n}","content":"done, and {\\"a\\":[1,2,3]}"}`),
    ],
    ['a schema of 5,000 fields', `{"properties":${object(5000, '{"type":"string"}')}}`],
    ['as many fields as are allowed', object(MAX_FIELDS)],
    ['a bias for 5,000 tokens', `{"logit_bias":${object(5000).replaceAll('"k', '"')}}`],
    ['100,000 numbers that are written again as they are', list(100_000, () => '1.0')],
  ])('S10 %s', (_, json) => expect(of(json)).toBeUndefined());

  it.each<[string, string, string]>([
    ['800,000 fields of one object', object(800_000), 'too_many_fields'],
    ['one field too many', object(MAX_FIELDS + 1), 'too_many_fields'],
    ['the same deep down', `[[{"a":${object(MAX_FIELDS + 1)}}]]`, 'too_many_fields'],
    ['800,000 objects of a field', list(800_000, (n) => `{"k${n}":1}`), 'too_many_values'],
    ['10 MB of numbers', list(5_000_000, () => '1'), 'too_many_values'],
    ['10 MB of empty objects', list(3_000_000, () => '{}'), 'too_many_values'],
    ['short texts without number', list(200_000, (n) => `"${n}"`), 'too_many_values'],
    ['one value too many', list(MAX_VALUES + 1, () => '1'), 'too_many_values'],
    ['fractions without number', list(130_000, () => '1.0'), 'too_many_values'],
    ['names that are numbers without number', list(8, () => object(1000).replaceAll('"k', '"')), 'too_many_values'],
    ['nesting without end', '['.repeat(5_000_000), 'too_deep'],
  ])('S2 %s are refused before they are parsed', (_, json, why) => {
    expect(of(json)).toBe(why);
    if (why !== 'too_deep') expect(() => parseJsonBody(Buffer.from(json))).toThrow(tooLarge);
  });

  it('S10 is not told by brackets, commas and colons inside strings', () => {
    const text = '{"a":[1,2,{"b":"c\\\\"}],'.repeat(100_000);
    for (const pad of Array.from({ length: 70 }, (_, n) => 'x'.repeat(n))) {
      expect(
        of(JSON.stringify([pad + text.slice(0, 2000), `${pad}\\`, `${pad}"`, text.slice(0, 500)])),
      ).toBeUndefined();
    }
    expect(of(JSON.stringify([text]))).toBeUndefined();
  });

  it('S10 leaves to the parser what is no JSON', () => {
    for (const json of [
      ']'.repeat(5000),
      '"'.repeat(5001),
      `"${'\\'.repeat(5001)}"`,
      ' '.repeat(5000),
      ':'.repeat(2000),
    ]) {
      expect(of(json)).toBeUndefined();
      expect(() => parseJsonBody(Buffer.from(json))).toThrow(expect.objectContaining({ code: 'invalid_json' }));
    }
  });
});
