import fc from 'fast-check';
import { TopKeys, withTopKeys } from '../../../src/upstream/protocols/request/top-keys.js';
import { ModelRuns } from '../../models/model-runs.js';
import { toldByChunks, toldByCompletion } from '../../support/openai-shape.js';
import { asking } from '../asking.js';
import { jsonObject } from '../dialects/conversations.js';
import type { SpokenAnswer } from '../dialects/dialect.js';

const runs = new ModelRuns('parameter-names');
const { sent, outcome } = asking();

const STRING = { type: 'string' };
const TOOL = {
  type: 'function',
  function: {
    name: '1list',
    parameters: { type: 'object', properties: { $filter: STRING, _filter: STRING, 'größe': STRING, plain: STRING }, required: ['$filter', 'plain'] },
  },
}; // prettier-ignore
const ARGUMENTS = '{"$filter":"a eq \\"$filter\\"", "_filter": {"$filter": 1.0}, "plain":[{"größe":2}]}';
const HISTORY = [
  { role: 'user', content: 'List.' },
  {
    role: 'assistant',
    tool_calls: [{ id: 'c1', type: 'function', function: { name: '1list', arguments: ARGUMENTS } }],
  },
  { role: 'tool', tool_call_id: 'c1', content: 'none' },
];

/** As a model calls the tool that it was told of. */
const answerOf = (name: string, pieces: readonly string[]): SpokenAnswer => ({
  parts: [{ kind: 'call', id: 'call_00000001', name, pieces }],
  finish: 'stop',
  promptTokens: 5,
  cachedTokens: 0,
  completionTokens: 5,
});

afterAll(() => runs.print());

describe('names of parameters that Claude does not take', () => {
  it.each(['anthropic/claude-opus-4-5', 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0'])(
    'B2 go to %s under others, and come back under their own',
    async (reference) => {
      const body = { tools: [TOOL], messages: HISTORY };
      const request = await sent(reference, body);
      const tool = request.toolConfig?.tools[0].toolSpec ?? request.tools[0];
      const { properties, required } = tool.input_schema ?? tool.inputSchema.json;
      const [filter, other, size, plain] = Object.keys(properties);
      expect([filter, other, size, plain]).toEqual([
        expect.stringMatching(/^_filter_[0-9a-f]{8}$/),
        '_filter',
        'gr__e',
        'plain',
      ]);
      expect(required).toEqual([filter, 'plain']);
      const call = request.messages[1].content[0];
      const expected = { [filter!]: 'a eq "$filter"', _filter: { $filter: 1 }, plain: [{ größe: 2 }] };
      expect(call.input ?? call.toolUse.input).toEqual(expected);
      const written = JSON.stringify({ [filter!]: 'x', [size!]: '"}', nested: { [filter!]: 1 } });
      const back = { $filter: 'x', größe: '"}', nested: { [filter!]: 1 } };
      const whole = await outcome(reference, body, answerOf(tool.name, [written]));
      expect(toldByCompletion(whole.bytes).toolCalls).toMatchObject([{ name: '1list', arguments: back }]);
      const stream = await outcome(reference, { ...body, stream: true }, answerOf(tool.name, written.split('')));
      expect(toldByChunks(stream.bytes).toolCalls).toMatchObject([{ name: '1list', arguments: back }]);
    },
  );

  it.each(['anthropic/claude-opus-4-5', 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0'])(
    'B2 go to %s under others where the parameters are a reference into themselves',
    async (reference) => {
      const { parameters } = TOOL.function;
      const referring = { $ref: '#/$defs/List', $defs: { List: parameters } };
      const tools = [{ type: 'function', function: { name: 'list', parameters: referring } }];
      const { toolConfig, tools: given } = await sent(reference, { tools, messages: HISTORY.slice(0, 1) });
      const schema = toolConfig?.tools[0].toolSpec.inputSchema.json ?? given[0].input_schema;
      expect(Object.keys(schema.properties)).toEqual([expect.stringMatching(/^_filter_/), '_filter', 'gr__e', 'plain']);
    },
  );

  it('B2 go to others as they are', async () => {
    for (const reference of ['openai/gpt-4o', 'groq/llama-3.3-70b-versatile', 'mistral/mistral-small-latest']) {
      const { tools } = await sent(reference, { tools: [TOOL], messages: HISTORY });
      expect(tools[0].function.parameters).toEqual(TOOL.function.parameters);
    }
  });

  it('B2 change in a text that comes in any pieces, and nothing else does', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 });
    const spaces = fc.constantFrom(undefined, 1);
    runs.check(
      fc.property(jsonObject, pieces, spaces, (object, sizes, space) => {
        const names = new Map(Object.keys(object).map((name, no) => [name, no % 2 === 0 ? `"${name}\\` : name]));
        if (names.size === 0) return;
        const text = JSON.stringify(object, null, space);
        const keys = new TopKeys(names);
        let told = '';
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          told += keys.push(text.slice(at, at + size));
          at += size;
        }
        told += keys.end();
        expect(told).toBe(withTopKeys(text, names));
        const renamed = Object.fromEntries(
          Object.entries(object).map(([name, value]) => [names.get(name)!, value as unknown]),
        );
        expect(JSON.parse(told)).toEqual(JSON.parse(JSON.stringify(renamed)));
      }),
      { share: 1 },
    );
  });

  it.each([
    ['a list', '["a",{"a":1},"a"]'],
    ['a text', '"a"'],
    ['no JSON', 'a: "a"'],
    ['nothing', ''],
    ['an object that is cut in a name', '{"b'],
    ['a long name', `{"${'x'.repeat(1000)}":1}`],
  ])('B2 leave %s as it is', (_, text) => {
    expect(withTopKeys(text, new Map([['a', 'b']]))).toBe(text);
  });

  it('B2 change and leave every byte of the values', () => {
    expect(withTopKeys('{ "a" : 1.0 , "c":[{"a":12345678901234567890}]}', new Map([['a', 'b']]))).toBe(
      '{ "b" : 1.0 , "c":[{"a":12345678901234567890}]}',
    );
  });

  it('B2 are known although they are written with escapes', () => {
    expect(withTopKeys('{"\\u0061":"\\u0061"}', new Map([['a', 'b']]))).toBe('{"b":"\\u0061"}');
  });
});
