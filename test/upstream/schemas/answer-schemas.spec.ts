import { RingsideError } from '../../../src/domain/errors.js';
import { AnswerSchemas } from '../../../src/upstream/schemas/answer-schemas.js';

const ACCOUNT = 'acct_one';
const schemas = new AnswerSchemas();
const bodyOf = (schema: unknown) => ({
  model: 'fc:sandbox/echo',
  messages: [{ role: 'user', content: 'Hi' }],
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
});
const city = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

afterAll(() => schemas.onApplicationShutdown());

async function mismatchOf(
  schema: unknown,
  text: string | null,
  parts: { isExcused?: boolean; isCut?: boolean } = {},
  account = ACCOUNT,
) {
  return (await schemas.of(bodyOf(schema), account))!.mismatchOf([{ text, isExcused: false, isCut: false, ...parts }]);
}

describe('the schema of an answer', () => {
  it.each<[unknown, string]>([
    [city, '{"city":"Paris"}'],
    [city, ' \n{ "city": "Paris" }\n'],
    [{ $schema: 'http://json-schema.org/draft-07/schema#', ...city }, '{"city":""}'],
    [{ $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ type: 'string' }] }, '["x"]'],
    [
      { $schema: 'https://json-schema.org/draft/2020-12/schema', $ref: 'https://json-schema.org/draft/2020-12/schema' },
      '{"type":"null"}',
    ],
    [{ $ref: 'http://json-schema.org/draft-07/schema#' }, '{"type":"null"}'],
    [{ $defs: { n: { type: 'integer' } }, type: 'array', items: { $ref: '#/$defs/n' } }, '[1,2]'],
    [{ type: 'string', format: 'date' }, '"2026-11-22"'],
    [{ type: 'string', format: 'made-up' }, '"anything"'],
    [{ type: 'string', pattern: '^\\d+/\\p{L}$' }, '"12/ä"'],
    [{ type: 'string', pattern: String.raw`^\d{3}\-\d$` }, '"123-4"'],
    [{ type: 'object', 'x-vendor': true }, '{}'],
  ])('is kept: %j by %s', async (schema, text) => {
    expect(await mismatchOf(schema, text)).toBeUndefined();
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
    [{ $ref: 'http://json-schema.org/draft-07/schema#' }, '{"type":"nil"}', '/type must be'],
  ])('is not kept: %j by %j', async (schema, text, words) => {
    const mismatch = (await mismatchOf(schema, text))!;
    expect(mismatch.error).toMatchObject({
      code: 'response_schema_validation_failed',
      status: 422,
      shouldRetry: false,
    });
    expect(mismatch.error.message).toContain(words);
    expect(mismatch.error.message).not.toContain('canary');
    expect(mismatch).toMatchObject({ text, isCorrectable: true });
  });

  it('is not owed by an answer that calls tools or refuses, and not corrected in one that was cut off', async () => {
    expect(await mismatchOf(city, null, { isExcused: true })).toBeUndefined();
    const cut = (await mismatchOf(city, '{"city":"Par', { isCut: true }))!;
    expect(cut.isCorrectable).toBe(false);
    expect(cut.error.message).toContain('cut off at its output limit');
  });

  it('must be kept by every choice', async () => {
    const good = { text: '{"city":"Paris"}', isExcused: false, isCut: false };
    const schema = (await schemas.of(bodyOf(city), ACCOUNT))!;
    expect((await schema.mismatchOf([good, { ...good, text: 'x' }]))!.text).toBe('x');
  });

  it('does not hold up the process by a pattern that takes for ever', async () => {
    const mismatch = (await mismatchOf({ type: 'string', pattern: '^(a+)+$' }, JSON.stringify(`${'a'.repeat(50)}!`)))!;
    expect(mismatch.error.message).toContain('takes too long');
    expect(await mismatchOf({ type: 'string', pattern: '^(a+)+$' }, '"aaa"')).toBeUndefined();
  });

  /** Each level holds the next one twice: to check the outermost is to check the innermost 2^levels times. */
  function doubling(levels: number): object {
    const twice = (ref: string) => ({ allOf: [{ $ref: ref }, { $ref: ref }] });
    const levelsOf = Array.from({ length: levels }, (_, level) => [`a${level}`, twice(`#/$defs/a${level + 1}`)]);
    return { $ref: '#/$defs/a0', $defs: { ...Object.fromEntries(levelsOf), [`a${levels}`]: { type: 'null' } } };
  }

  /** Before each of its parts is compiled, what all parts before it know of an answer is copied. */
  function slowToCompile(): object {
    const allOf = Array.from({ length: 8000 }, (_, part) => ({ properties: { [`p${part}`]: true } }));
    return { $schema: 'https://json-schema.org/draft/2020-12/schema', unevaluatedProperties: false, allOf };
  }

  it('that takes too long to compile is refused', async () => {
    const refusal = await schemas
      .of(bodyOf(slowToCompile()), ACCOUNT)
      .catch((error: unknown) => error as RingsideError);
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_schema' });
    expect((refusal as RingsideError).message).toContain('takes too long');
  });

  it.each<[string, unknown, unknown]>([
    ['references that double at each level', doubling(60), null],
    [
      'many texts, each of them fast enough',
      { items: { not: { pattern: '^(a+)+$' } } },
      Array(5000).fill(`${'a'.repeat(22)}!`),
    ],
  ])('does not hold up the process by %s', async (_, schema, answer) => {
    const mismatch = (await mismatchOf(schema, JSON.stringify(answer)))!;
    expect(mismatch.error.message).toContain('takes too long');
    expect(mismatch.isCorrectable).toBe(false);
  });

  it('that refers to itself without end is kept by nothing', async () => {
    expect((await mismatchOf({ $ref: '#' }, '{}'))!.error.message).toContain('refers to itself without end');
  });

  it('may be used in a hundred places without becoming a hundred times as long', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 100 }, (_, place) => [`p${place}`, { $ref: '#/$defs/x' }]),
    );
    const x = {
      type: 'object',
      properties: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`k${at}`, { type: 'string' }])),
    };
    expect(
      (await mismatchOf({ type: 'object', properties, $defs: { x } }, '{"p99":{"k199":1}}'))!.error.message,
    ).toContain('/p99/k199');
  });

  it('is compiled once, and two with the same $id do not meet', async () => {
    expect(await schemas.of(bodyOf(city), ACCOUNT)).toBe(await schemas.of(bodyOf(structuredClone(city)), ACCOUNT));
    expect(await mismatchOf({ $id: 'https://schemas.test/one', type: 'string' }, '"x"')).toBeUndefined();
    expect(await mismatchOf({ $id: 'https://schemas.test/one', type: 'integer' }, '1')).toBeUndefined();
  });

  it('is undefined where no schema is asked for', async () => {
    const { response_format: _, ...plain } = bodyOf(city);
    expect(await schemas.of(plain, ACCOUNT)).toBeUndefined();
    expect(await schemas.of({ ...plain, response_format: { type: 'json_object' } }, ACCOUNT)).toBeUndefined();
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
    [{ $schema: 7 }],
  ])('that is %j is refused, the second time as the first', async (schema) => {
    const refusalOf = () => schemas.of(bodyOf(schema), ACCOUNT).catch((error: unknown) => error as RingsideError);
    const refusals = [await refusalOf(), await refusalOf()];
    expect(refusals[0]).toMatchObject({ status: 400, code: 'invalid_schema' });
    expect(refusals[1]).toEqual(refusals[0]);
    expect(refusals[1]).not.toBe(refusals[0]);
  });

  it('S3 that finds too many of its account waiting is refused for now, and not remembered for it', async () => {
    const numbered = (no: number) => schemas.of(bodyOf({ title: `no. ${no}` }), 'acct_many');
    const asked = await Promise.allSettled(Array.from({ length: 203 }, (_, no) => numbered(no)));
    const refused = asked.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(2);
    expect((refused[0] as PromiseRejectedResult).reason).toMatchObject({
      code: 'rate_limited',
      status: 429,
      retryAfterMs: expect.any(Number),
    });
    expect(await numbered(202)).toBeDefined();
  });

  it('that takes long keeps no other account waiting, neither while it is compiled nor while an answer is checked', async () => {
    const order: string[] = [];
    const noted = (name: string, work: Promise<unknown>) => work.then(() => order.push(name));
    const quick = () => mismatchOf({ type: 'string', title: `number ${order.length}` }, '"x"', {}, 'acct_other');

    // Two processes that wait for work, so that nobody waits for one to start.
    const ready = () =>
      Promise.all([ACCOUNT, 'acct_other'].map((account) => mismatchOf({ title: 'ready' }, '1', {}, account)));

    await ready();
    const unseen = { ...slowToCompile(), title: 'unseen' };
    const slow = noted(
      'slow to compile',
      schemas.of(bodyOf(unseen), ACCOUNT).catch(() => undefined),
    );
    await noted('quick', quick());
    await slow;
    await ready();
    const doubled = (await schemas.of(bodyOf(doubling(60)), ACCOUNT))!;
    const check = noted('slow to check', doubled.mismatchOf([{ text: 'null', isExcused: false, isCut: false }]));
    await noted('quick', quick());
    await check;
    expect(order).toEqual(['quick', 'slow to compile', 'quick', 'slow to check']);
  });

  const far = (depth: number, inside: unknown): unknown =>
    Array.from({ length: depth }).reduce((nested) => ({ not: nested }), inside);

  it.each<[string, unknown, unknown]>([
    ['a pattern that compiles for ever', { pattern: `(${'a?'.repeat(60)})${'a'.repeat(100)}` }, 'a'],
    [
      'names by such a pattern',
      { patternProperties: { [`(${'a?'.repeat(60)})${'a'.repeat(100)}`]: { type: 'string' } } },
      { a: 1 },
    ],
    ['such a pattern 5,000 times as long', { pattern: 'a?'.repeat(5000) + 'a'.repeat(5000) }, 'a'],
    ['a look-ahead that doubles', { pattern: '^(?=(x+x+)+y)' }, 'x'.repeat(60)],
    [
      'items that are all compared',
      { type: 'array', uniqueItems: true },
      Array.from({ length: 20_000 }, (_, no) => ({ no })),
    ],
    ['thousands of values, each compared with thousands', { items: { enum: Array.from({ length: 6000 }, (_, no) => ({ no })) } }, Array.from({ length: 6000 }, (_, no) => ({ no: no + 1 }))], // prettier-ignore
    ['a schema nested far', far(20_000, {}), 1],
    ['references in a circle', { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }, 1],
    [
      'an answer nested far',
      { $defs: { a: { items: { $ref: '#/$defs/a' } } }, $ref: '#/$defs/a' },
      '['.repeat(100_000) + ']'.repeat(100_000),
    ],
  ])('S3 leaves the process to others meanwhile: %s', async (_, schema, answer) => {
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const text = typeof answer === 'string' && answer.startsWith('[') ? answer : JSON.stringify(answer);
    const found = await mismatchOf(schema, text, {}, 'acct_slow').then(
      (mismatch) => mismatch?.error.code ?? 'kept',
      (error: RingsideError) => error.code,
    );
    clearInterval(turning);
    expect(['kept', 'response_schema_validation_failed', 'invalid_schema']).toContain(found);
    if (found === 'response_schema_validation_failed') expect(turns).toBeGreaterThan(5);
  });
});
