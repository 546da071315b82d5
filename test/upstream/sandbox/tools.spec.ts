import { callOf, chunksIn, jsonOf, readAll, refusalOf, upstreamRoom } from '../calling.js';

const room = upstreamRoom();
const hi = { role: 'user', content: 'Say hi, Ada' };
const asking = (body: Record<string, unknown>) =>
  room.chat(callOf({ provider: 'sandbox', model: 'echo', body: { messages: [hi], ...body } }));

const tool = (name: string, parameters?: object) => ({ type: 'function', function: { name, parameters } });
const custom = (name: string) => ({ type: 'custom', custom: { name } });
const [a, b, c] = [tool('a'), tool('b'), tool('c')];
const turn = (...names: string[]) => [
  { role: 'assistant', content: null, tool_calls: names.map((name, at) => ({ id: `${name}${at}`, type: 'function', function: { name, arguments: '{}' } })) },
  ...names.map((name, at) => ({ role: 'tool', tool_call_id: `${name}${at}`, content: 'done' })),
]; // prettier-ignore

/** A tool call as callers see it, whole or in pieces. */
interface Shown {
  readonly index?: number;
  readonly id?: string;
  readonly function?: { readonly name?: string; readonly arguments: string };
  readonly custom?: { readonly name?: string; readonly input: string };
}

const nameIn = ({ function: called, custom }: Shown) => (called ?? custom)?.name;
const textIn = ({ function: called, custom }: Shown) => called?.arguments ?? custom?.input ?? '';

/** What is called, once as JSON and once as a stream: both say the same. */
async function called(body: Record<string, unknown>) {
  const { json } = await jsonOf(asking(body));
  const whole = (json.choices as { index: number; message: { tool_calls?: Shown[] } }[]).flatMap(({ index, message }) =>
    (message.tool_calls ?? []).map((call, at) => ({ ...call, at: `${index}.${at}` })),
  );
  const { bytes } = await readAll(asking({ ...body, stream: true }));
  const told = new Map<string, string>();
  for (const { choices } of chunksIn(bytes)) {
    for (const piece of (choices[0]?.delta.tool_calls ?? []) as Shown[]) {
      const at = `${choices[0].index}.${piece.index}`;
      told.set(at, (told.get(at) ?? `${piece.id} ${nameIn(piece)} `) + textIn(piece));
    }
  }
  expect(new Map(whole.map((call) => [call.at, `${call.id} ${nameIn(call)} ${textIn(call)}`]))).toEqual(told);
  return { names: whole.map(nameIn), ids: whole.map(({ id }) => id!), json };
}

const NAMED_B = { type: 'function', function: { name: 'b' } };
const ALLOWED = (mode: string, ...tools: object[]) => ({ type: 'allowed_tools', allowed_tools: { mode, tools } });

describe('C2 the sandbox calls a tool where one must be called', () => {
  it.each<[string, object[], unknown, string[]]>([
    ['required, at first', [hi], 'required', ['a']],
    ['required, after a result', [hi, ...turn('a')], 'required', ['b']],
    ['required, after two results', [hi, ...turn('a'), ...turn('b')], 'required', ['c']],
    ['required, after results of one turn', [hi, ...turn('a', 'b')], 'required', ['c']],
    ['required, when all were called', [hi, ...turn('a', 'b', 'c')], 'required', ['c']],
    [
      'required, when the user spoke again',
      [hi, ...turn('a'), { role: 'assistant', content: 'ok' }, hi],
      'required',
      ['a'],
    ],
    ['required, when the assistant spoke last', [hi, { role: 'assistant', content: 'ok' }], 'required', ['a']],
    ['named, after a result', [hi, ...turn('a')], NAMED_B, ['b']],
    ['named, after its own result', [hi, ...turn('b')], NAMED_B, ['b']],
    ['allowed and required, after a result', [hi, ...turn('a')], ALLOWED('required', b, c), ['b']],
    ['allowed and required, after its result', [hi, ...turn('b')], ALLOWED('required', b, c), ['c']],
    ['allowed, at first', [hi], ALLOWED('auto', c), ['c']],
    ['allowed, after a result', [hi, ...turn('a')], ALLOWED('auto', c), []],
    ['auto, after a result', [hi, ...turn('a')], 'auto', []],
    ['none', [hi], 'none', []],
    ['nothing, after a result', [hi, ...turn('a')], undefined, []],
  ])('C2 %s', async (_, messages, choice, names) => {
    const { names: got, json } = await called({ messages, tools: [a, b, c], tool_choice: choice });
    expect([got, json.choices[0].finish_reason]).toEqual([names, names.length > 0 ? 'tool_calls' : 'stop']);
  });

  it('C2 with the same field for custom tools', async () => {
    const tools = [a, custom('sql'), c];
    const named = await called({ messages: [hi, ...turn('a')], tools, tool_choice: { type: 'custom', custom: { name: 'sql' } } });
    expect(named.json.choices[0].message.tool_calls).toEqual([{ id: expect.any(String), type: 'custom', custom: { name: 'sql', input: 'Say hi, Ada' } }]);
    expect((await called({ messages: [hi, ...turn('a')], tools, tool_choice: 'required' })).names).toEqual(['sql']);
  }); // prettier-ignore
});

describe('C3 the tool calls of the sandbox', () => {
  it('C3 have ids of their own in each choice, place and round, the same for the same request', async () => {
    const body = { tools: [a, b], n: 3, parallel_tool_calls: true };
    const first = await called(body);
    const second = await called({ ...body, messages: [hi, ...turn('a'), hi] });
    const ids = [...first.ids, ...second.ids];
    expect([ids.length, new Set(ids).size]).toEqual([12, 12]);
    expect(ids.every((id) => /^call_[0-9a-z]{24}$/.test(id))).toBe(true);
    expect((await called(body)).ids).toEqual(first.ids);
  });

  it.each<[unknown, unknown, object[], string[]]>([
    [true, 'auto', [a, b, c], ['a', 'b']],
    [true, 'required', [a], ['a', 'a']],
    [true, NAMED_B, [a, b, c], ['b']],
    [false, 'auto', [a, b, c], ['a']],
    [undefined, 'auto', [a, b, c], ['a']],
  ])(
    'C3 are two at once for parallel_tool_calls %j and tool_choice %j',
    async (parallel_tool_calls, tool_choice, tools, names) => {
      expect((await called({ tools, tool_choice, parallel_tool_calls })).names).toEqual(names);
    },
  );

  it('C3 keep to the limit together', async () => {
    const tools = [tool('first', { type: 'object', properties: { text: { const: 'x'.repeat(40) } } }), tool('second')];
    const { json } = await called({ tools, parallel_tool_calls: true, max_tokens: 6 });
    expect([
      json.choices[0].finish_reason,
      json.choices[0].message.tool_calls.length,
      json.usage.completion_tokens,
    ]).toEqual(['length', 1, 6]);
  });

  it('C3 fill in what is optional, too', async () => {
    const schema = {
      type: 'object',
      $defs: { W: { type: 'object', properties: { city: { type: 'string', minLength: 2 }, day: { type: 'string', format: 'date' } } } },
      properties: { tasks: { type: 'array', items: { $ref: '#/$defs/W' } }, code: { type: 'string', pattern: '^[A-Z]{3}$' }, note: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
      required: [],
    }; // prettier-ignore
    const { json } = await called({ tools: [tool('make', schema)] });
    expect(JSON.parse(json.choices[0].message.tool_calls[0].function.arguments)).toEqual({
      tasks: [{ city: '--', day: '2026-01-01' }],
      note: '',
    });
  });

  it.each<[unknown, string | undefined]>([
    [undefined, 'f'],
    ['auto', 'f'],
    [{ name: 'g' }, 'g'],
    ['none', undefined],
  ])('C3 are function calls where functions are offered, function_call %j', async (function_call, name) => {
    const body = { functions: [{ name: 'f' }, { name: 'g' }], function_call };
    const [choice] = (await jsonOf(asking(body))).json.choices;
    const { bytes } = await readAll(asking({ ...body, stream: true }));
    const chunks = chunksIn(bytes).flatMap(({ choices }) => choices);
    const told = chunks.map(({ delta }) => delta.function_call).filter((one) => one !== undefined);
    expect([choice.message.function_call, choice.message.tool_calls]).toEqual([
      name && { name, arguments: '{}' },
      undefined,
    ]);
    expect([choice.finish_reason, chunks.at(-1).finish_reason]).toEqual(
      name ? ['function_call', 'function_call'] : ['stop', 'stop'],
    );
    expect(told).toEqual(name ? [{ name, arguments: '' }, { arguments: '{}' }] : []);
  });

  it.each<[string, object, string]>([
    ['a tool that is not there', { tools: [a], tool_choice: NAMED_B }, 'tool_choice'],
    ['a tool of another type', { tools: [custom('b')], tool_choice: NAMED_B }, 'tool_choice'],
    ['a choice that is none', { tools: [a], tool_choice: 'any' }, 'tool_choice'],
    ['a choice without tools', { tool_choice: 'auto' }, 'tool_choice'],
    ['parallel calls without tools', { parallel_tool_calls: false }, 'parallel_tool_calls'],
    ['no tools', { tools: [] }, 'tools'],
    ['too many tools', { tools: Array.from({ length: 129 }, (_, at) => tool(`t${at}`)) }, 'tools'],
    ['a tool without a type', { tools: [{ function: { name: 'a' } }] }, 'tools[0].type'],
    ['a tool without a name', { tools: [a, { type: 'function', function: {} }] }, 'tools[1].function.name'],
    ['a name with a dot', { tools: [tool('a.b')] }, 'tools[0].function.name'],
    ['a custom tool without a name', { tools: [{ type: 'custom', custom: 5 }] }, 'tools[0].custom.name'],
    ['parameters of a list', { tools: [tool('a', { type: 'array' })] }, 'tools[0].function.parameters'],
    ['a loose schema that is strict', { tools: [{ type: 'function', function: { name: 'a', strict: true, parameters: { type: 'object', properties: {} } } }] }, 'tools[0].function.parameters'],
    ['a strict schema with an optional property', { tools: [{ type: 'function', function: { name: 'a', strict: true, parameters: { type: 'object', additionalProperties: false, properties: { x: { type: 'string' } } } } }] }, 'tools[0].function.parameters'],
    ['parameters without a type', { tools: [{ type: 'function', function: { name: 'a', parameters: { properties: {} } } }] }, 'tools[0].function.parameters'],
    ['an array of nobody knows what', { tools: [tool('a', { type: 'object', properties: { list: { type: 'array' } } })] }, 'tools[0].function.parameters'],
    ['a result of a function without its name', { messages: [hi, { role: 'function', content: '1' }] }, 'messages[1].name'],
    ['functions beside tools', { tools: [a], functions: [{ name: 'f' }] }, 'functions'],
    ['a function that is not there', { functions: [{ name: 'f' }], function_call: { name: 'g' } }, 'function_call'],
    ['a function call without functions', { function_call: 'auto' }, 'function_call'],
    ['a result without a call', { messages: [hi, { role: 'tool', tool_call_id: 'x', content: '1' }] }, 'messages[1]'],
    ['a call without its result', { messages: [hi, ...turn('a', 'b').slice(0, 2), hi] }, 'messages[1]'],
    ['a call without its result at the end', { messages: [hi, ...turn('a').slice(0, 1)] }, 'messages[1]'],
    ['a result without an id', { messages: [hi, ...turn('a').slice(0, 1), { role: 'tool', content: '1' }] }, 'messages[2].tool_call_id'],
    ['an empty list of calls', { messages: [hi, { role: 'assistant', content: 'x', tool_calls: [] }, { role: 'tool', tool_call_id: 'x', content: '1' }] }, 'messages[2]'],
  ])('C3 are refused as OpenAI does: %s', async (_, body, param) => {
    for (const stream of [true, false]) {
      expect(await refusalOf(asking({ ...body, stream }))).toMatchObject({ code: 'upstream_invalid_request', status: 400, param });
    }
  }); // prettier-ignore
});

it.each([
  ['a selection of nothing', { mode: 'auto', tools: [] }],
  ['a selection of other tools', { mode: 'auto', tools: [c] }],
  ['a selection in no known way', { mode: 'any', tools: [a] }],
])('C3 is refused before anything is sent: %s', async (_, allowed_tools) => {
  for (const provider of ['sandbox', 'groq', 'mistral', 'anthropic', 'google']) {
    const call = callOf({
      provider,
      body: { messages: [hi], tools: [a, b], tool_choice: { type: 'allowed_tools', allowed_tools } },
    });
    expect(await refusalOf(room.chat({ ...call, ...(provider === 'sandbox' && { model: 'echo' }) }))).toMatchObject({
      code: 'invalid_parameter',
      param: 'tool_choice',
    });
  }
});
