import { Ajv } from 'ajv';
import fc from 'fast-check';
import { plainestValue } from '../../../src/upstream/sandbox/schema-value.js';
import { callOf, chunksIn, jsonOf, readAll, refusalOf, upstreamRoom } from '../calling.js';

const room = upstreamRoom();
const hi = { role: 'user', content: 'Say hi, Ada' };
const asking = (body: Record<string, unknown>) =>
  room.chat(callOf({ provider: 'sandbox', model: 'echo', body: { messages: [hi], ...body } }));
const seed = Number(process.env['RINGSIDE_SCHEMA_SEED'] ?? Date.now() % 1e9);

const REFUSED: readonly (readonly [field: string, ...values: unknown[]])[] = [
  ['temperature', 9, 2.01, -0.1, '1', {}, true],
  ['top_p', 1.5, -1, '0.5', []],
  ['frequency_penalty', 2.5, -3, 'none'],
  ['presence_penalty', 2.5, -3, {}],
  ['n', 0, -1, 1.5, 129, '2', {}],
  ['max_tokens', 0, -1, 1.5, '10', 1e9],
  ['max_completion_tokens', 0, -1, 0.5, [], 20_000],
  ['seed', 1.5, '1', {}],
  ['logprobs', 1, 'true', {}],
  ['top_logprobs', 5, 21, -1],
  ['logit_bias', [], { 50256: 101 }, { 50256: '1' }, 7],
  ['stop', 5, {}, ['a', 'b', 'c', 'd', 'e'], [1]],
  ['prediction', { type: 'text' }, { type: 'content' }, 'x'],
  [
    'metadata',
    { ['k'.repeat(65)]: '' },
    { a: 'x'.repeat(513) },
    { a: 1 },
    [],
    'x',
    Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, ''])),
  ],
  ['store', 'yes', 1],
  ['reasoning_effort', 'extreme', 3],
  ['verbosity', 'loud'],
  ['service_tier', 'gold'],
  ['modalities', ['audio'], ['text', 'audio'], 'text'],
  ['audio', { voice: 'alloy', format: 'wav' }],
  ['web_search_options', {}],
  ['response_format', 'json', { type: 'xml' }, {}, []],
  ['no_such_parameter', 1, null],
  ['constructor', 1],
];

describe('C3 the sandbox refuses what OpenAI refuses', () => {
  it.each(REFUSED)('C3 %s: %j', async (field, ...values) => {
    for (const value of values) {
      for (const stream of [true, false]) {
        const refusal = await refusalOf(asking({ [String(field)]: value, stream }));
        expect(refusal).toMatchObject({ code: 'upstream_invalid_request', status: 400, param: field });
      }
    }
  });

  it.each<[string, object[], string]>([
    ['an unknown role', [{ role: 'robot', content: 'x' }], 'messages[0].role'],
    ['no content', [{ role: 'user' }], 'messages[0].content'],
    ['null', [hi, { role: 'user', content: null }], 'messages[1].content'],
    ['an assistant who says nothing', [hi, { role: 'assistant', content: null }, hi], 'messages[1].content'],
    ['a number', [{ role: 'system', content: 5 }], 'messages[0].content'],
    ['no parts', [{ role: 'user', content: [] }], 'messages[0].content'],
    ['an unknown part', [{ role: 'user', content: [{ type: 'text', text: 'x' }, { type: 'video', video: {} }] }], 'messages[0].content[1]'],
    ['an image of the system', [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }], 'messages[0].content[0]'],
    ['an image without a place', [{ role: 'user', content: [{ type: 'image_url', image_url: 'data:,' }] }], 'messages[0].content[0]'],
    ['an image in no known detail', [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,', detail: 'huge' } }] }], 'messages[0].content[0]'],
    ['a name with a space', [{ role: 'user', content: 'x', name: 'Ada Lovelace' }], 'messages[0].name'],
    ['a long name', [{ role: 'user', content: 'x', name: 'a'.repeat(65) }], 'messages[0].name'],
    ['a name that is none', [{ role: 'user', content: 'x', name: {} }], 'messages[0].name'],
  ])('C3 messages: %s', async (_, messages, param) => {
    expect(await refusalOf(asking({ messages }))).toMatchObject({ code: 'upstream_invalid_request', status: 400, param });
  }); // prettier-ignore

  it('C3 JSON mode without the word, and a strict schema that is not', async () => {
    expect(await refusalOf(asking({ response_format: { type: 'json_object' } }))).toMatchObject({ param: 'messages' });
    const format = (schema: object, strict: boolean, name = 'x') => asking({ response_format: { type: 'json_schema', json_schema: { name, schema, strict } } });
    const inner = { type: 'object', properties: { x: { type: 'object', properties: {} } }, required: ['x'], additionalProperties: false };
    expect(await refusalOf(format(inner, true))).toMatchObject({ param: 'response_format.json_schema.schema', message: expect.stringContaining('in x') });
    expect(await refusalOf(format(inner, false, 'a b'))).toMatchObject({ param: 'response_format.json_schema.name' });
    expect((await jsonOf(format(inner, false))).outputText).toBe('{"x":{}}');
  }); // prettier-ignore

  const strict = (properties: Record<string, unknown>, more: object = {}) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
    ...more,
  });
  const text = { type: 'string' };
  it.each<[string, object, boolean]>([
    ['a list at its root', { type: 'array', items: text }, false],
    ['a choice at its root', { anyOf: [strict({ a: text })] }, false],
    ['oneOf', strict({ a: { oneOf: [text] } }), false],
    ['allOf', strict({ a: { allOf: [text] } }), false],
    ['not', strict({ a: { type: 'string', not: { const: 'x' } } }), false],
    ['uniqueItems', strict({ a: { type: 'array', items: text, uniqueItems: true } }), false],
    ['no type', strict({ a: { description: 'anything' } }), false],
    ['no items', strict({ a: { type: 'array' } }), false],
    ['a name that is required and not there', strict({ a: text }, { required: ['a', 'b'] }), false],
    ['what it may hold', strict({ a: { anyOf: [text, { type: 'null' }] }, b: { $ref: '#/$defs/B' }, oneOf: { type: ['integer', 'null'], minimum: 1 }, c: { enum: ['x'] }, d: { type: 'array', items: text, minItems: 1 } }, { $defs: { B: strict({ not: text }) } }), true],
  ])('C3 a strict schema with: %s', async (_, schema, isSound) => {
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } };
    const asked = asking({ response_format });
    if (isSound) expect((await jsonOf(asked)).outputText).toContain('{');
    else expect(await refusalOf(asked)).toMatchObject({ code: 'upstream_invalid_request', status: 400, param: 'response_format.json_schema.schema' });
  }); // prettier-ignore

  it('C3 it lists no more probabilities than fit', async () => {
    const messages = [{ role: 'user', content: 'a '.repeat(4000) }];
    expect(await refusalOf(asking({ messages, logprobs: true, top_logprobs: 20 }))).toMatchObject({
      param: 'top_logprobs',
    });
  });
});

describe('C3 the sandbox honours what OpenAI honours', () => {
  it('C3 null for whatever may be left out', async () => {
    const idle = Object.fromEntries(REFUSED.map(([field]) => [field, null]).filter(([field]) => field !== 'no_such_parameter' && field !== 'constructor'));
    expect((await jsonOf(asking({ ...idle, tools: null, tool_choice: null, functions: null, user: null }))).outputText).toBe('Say hi, Ada');
  }); // prettier-ignore

  it('C3 everything within its bounds', async () => {
    const sound = { temperature: 2, top_p: 0, frequency_penalty: -2, presence_penalty: 2, seed: -7, logit_bias: { 5: -100 }, metadata: { a: 'b' }, store: false,
      safety_identifier: 'x', prompt_cache_key: 'y', reasoning_effort: 'low', verbosity: 'high', service_tier: 'auto', modalities: ['text'], prediction: { type: 'content', content: 'x' } }; // prettier-ignore
    expect((await jsonOf(asking(sound))).outputText).toBe('Say hi, Ada');
  });

  it.each<[unknown, string]>([
    ['hi', 'Say '],
    [['Ada', 'hi'], 'Say '],
    [['nobody', ', A'], 'Say hi'],
    ['nobody', 'Say hi, Ada'],
    [[], 'Say hi, Ada'],
  ])('C3 stop %j', async (stop, text) => {
    const { json, usage } = await jsonOf(asking({ stop }));
    expect([json.choices[0].message.content, json.choices[0].finish_reason]).toEqual([text, 'stop']);
    expect(usage?.tokens.output).toBe(Math.ceil(text.length / 4));
    expect((await readAll(asking({ stop, stream: true }))).text).toBe(text);
  });

  it.each<[string, string]>([
    [
      'as clients write it',
      'Answer in json that matches:\n\n```json\n{"title": "W", "properties": {"city": {"enum": ["{Rome}"]}}, "type": "object"}\n```\nNot the schema.',
    ],
    ['behind another object', 'JSON, please: {"a": {"b": "}"}} {"properties": {"city": {"const": "{Rome}"}}}'],
  ])('C3 a schema that the prompt of JSON mode holds, %s', async (_, content) => {
    const messages = [{ role: 'system', content }, hi];
    expect((await jsonOf(asking({ messages, response_format: { type: 'json_object' } }))).outputText).toBe(
      '{"city":"{Rome}"}',
    );
  });

  it('C3 JSON mode where the prompt holds no schema', async () => {
    for (const content of ['JSON {', 'JSON {"a": "', 'JSON {"properties": 5} {x} }', `JSON ${'{'.repeat(5000)}`]) {
      const answer = await jsonOf(
        asking({ messages: [{ role: 'user', content }], response_format: { type: 'json_object' } }),
      );
      expect(JSON.parse(answer.outputText)).toEqual({ echo: content });
    }
  });

  it('C3 logprobs, in a stream and without', async () => {
    const body = { logprobs: true, top_logprobs: 2 };
    const { content } = (await jsonOf(asking(body))).json.choices[0].logprobs;
    expect(content.map(({ token }: { token: string }) => token).join('')).toBe('Say hi, Ada');
    expect(content[0]).toEqual({ token: 'Say', logprob: 0, bytes: [83, 97, 121], top_logprobs: [{ token: 'Say', logprob: 0, bytes: [83, 97, 121] }, { token: 'a', logprob: -10, bytes: [97] }] });
    const { bytes } = await readAll(asking({ ...body, stream: true }));
    expect(chunksIn(bytes).flatMap(({ choices }) => choices[0].logprobs?.content ?? [])).toEqual(content);
    expect((await jsonOf(asking({ logprobs: false }))).json.choices[0].logprobs).toBeNull();
  }); // prettier-ignore
});

describe('C3 the values that the sandbox makes', () => {
  const name = fc.constantFrom('a', 'b', 'constructor', '__proto__x');
  const { schema } = fc.letrec<{ schema: object }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      fc.record({ type: fc.constant('string'), minLength: fc.nat(3) }),
      fc.record({ type: fc.constant('string'), format: fc.constantFrom('date', 'email', 'uuid', 'date-time', 'unheard-of') }, { requiredKeys: ['type'] }),
      fc.record({ type: fc.constant('integer'), minimum: fc.integer({ min: -5, max: 5 }) }),
      fc.record({ type: fc.constant('string'), pattern: fc.constantFrom('^x$', '^$') }),
      fc.record({ enum: fc.array(fc.integer(), { minLength: 1, maxLength: 3 }) }),
      fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: fc.nat(2) }),
      fc.record({ $ref: fc.constantFrom('#', '#/$defs/node') }),
      fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }).map((some) => [...some, { type: 'null' }]) }),
      fc.record({ type: fc.constant('object'), properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }) }),
    ),
  })); // prettier-ignore

  it(`C3 are valid, whatever of it is optional (RINGSIDE_SCHEMA_SEED=${seed})`, () => {
    const node = { type: 'object', properties: { id: { type: 'integer' }, next: { $ref: '#/$defs/node' }, all: { type: 'array', items: { $ref: '#' } } } };
    const root = fc.dictionary(name, schema, { maxKeys: 3 }).map((properties) => ({ type: 'object', $defs: { node }, properties }));
    fc.assert(
      fc.property(root, (one) => {
        const validate = new Ajv({ strict: false, validateFormats: false, ownProperties: true }).compile(one);
        const value = plainestValue(one);
        expect([validate(value), validate.errors, value]).toEqual([true, null, value]);
      }),
      { seed, numRuns: 300 },
    );
  }); // prettier-ignore
});
