import { plainestValue } from '../../../src/upstream/sandbox/schema-value.js';
import { callOf, chunksIn, jsonOf, readAll, refusalOf, upstreamRoom } from '../calling.js';

const room = upstreamRoom();

const asking = (model: string, body: Record<string, unknown> = {}, parts = {}) =>
  room.chat(
    callOf({
      provider: 'sandbox',
      model,
      body: { messages: [{ role: 'user', content: 'Say hi, Ada' }], ...body },
      ...parts,
    }),
  );
const streaming = (model: string, body: Record<string, unknown> = {}) => asking(model, { stream: true, ...body });

const tools = [
  { type: 'function', function: { name: 'now' } },
  { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string', enum: ['Paris'] }, days: { type: 'integer', minimum: 1 } }, required: ['city', 'days'] } } },
]; // prettier-ignore

describe('the sandbox', () => {
  it('echoes the last user message and counts four bytes a token', async () => {
    const messages = [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'first' },
      { role: 'assistant', content: 'ok' },
      { role: 'user', content: [{ type: 'text', text: 'Grüße' }, { type: 'image_url', image_url: { url: 'data:,' } }] },
    ]; // prettier-ignore
    const { json, usage, upstreamModel, outputText } = await jsonOf(asking('echo', { messages }));
    expect(json).toMatchObject({ id: 'chatcmpl-0060abcdefghijklmnopqrst', object: 'chat.completion', model: 'echo' });
    expect(json.choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: 'Grüße\n', refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ]);
    expect(usage).toMatchObject({ tokens: { input: 6, output: 2 } });
    expect({ upstreamModel, outputText }).toEqual({ upstreamModel: 'echo', outputText: 'Grüße\n' });
  });

  it('streams word by word what it would say at once', async () => {
    const read = await readAll(streaming('echo', { stream_options: { include_usage: true } }));
    const chunks = chunksIn(read.bytes);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content)).toEqual([
      '',
      'Say',
      ' hi,',
      ' Ada',
      undefined,
      undefined,
    ]);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
    expect(read).toMatchObject({ text: 'Say hi, Ada', usage: { tokens: { input: 3, output: 3 } }, error: undefined });
  });

  it('is deterministic', async () => {
    const [one, two] = await Promise.all([jsonOf(asking('echo')), jsonOf(asking('echo'))]);
    expect(one.body.equals(two.body)).toBe(true);
  });

  it.each([
    ['max_tokens', 'Say hi, '],
    ['max_completion_tokens', 'Say hi, '],
  ])('stops at %s', async (field, content) => {
    const { json, usage } = await jsonOf(asking('echo', { [field]: 2 }));
    expect(json.choices[0]).toMatchObject({ message: { content }, finish_reason: 'length' });
    expect(usage).toMatchObject({ tokens: { output: 2 } });
  });

  it('stops at its own longest answer, and is asked for none that is longer', async () => {
    const messages = [{ role: 'user', content: 'x'.repeat(70_000) }];
    expect(await refusalOf(asking('echo', { messages, max_tokens: 16_385 }))).toMatchObject({ param: 'max_tokens' });
    for (const body of [{ messages }, { messages, max_tokens: 16_384 }]) {
      const { json, usage } = await jsonOf(asking('echo', body));
      expect(json.choices[0]).toMatchObject({ message: { content: 'x'.repeat(65_536) }, finish_reason: 'length' });
      expect(usage).toMatchObject({ tokens: { output: 16_384 } });
    }
  });

  it('cuts the arguments of a tool call at the limit', async () => {
    const choice = { type: 'function', function: { name: 'weather' } };
    const { json, usage } = await jsonOf(
      asking('echo', { tools, tool_choice: choice, n: 2, max_completion_tokens: 4 }),
    );
    expect(json.choices[1].finish_reason).toBe('length');
    expect(json.choices[1].message.tool_calls[0].function).toEqual({ name: 'weather', arguments: '{"city":' });
    expect(usage).toMatchObject({ tokens: { output: 8 } });
    expect((await jsonOf(asking('echo', { tools, tool_choice: choice, max_tokens: 1 }))).usage).toMatchObject({
      tokens: { output: 1 },
    });
  });

  it('gives n choices', async () => {
    const { json, usage } = await jsonOf(asking('echo', { n: 3 }));
    expect(json.choices.map(({ index, message }: { index: number; message: { content: string } }) => [index, message.content])).toEqual([
      [0, 'Say hi, Ada'], [1, 'Say hi, Ada'], [2, 'Say hi, Ada'],
    ]); // prettier-ignore
    expect(usage).toMatchObject({ tokens: { output: 9 } });
    const { bytes } = await readAll(streaming('echo', { n: 2 }));
    const finishes = chunksIn(bytes).flatMap(({ choices }) => choices).filter((choice) => choice.finish_reason); // prettier-ignore
    expect(finishes.map(({ index }) => index)).toEqual([0, 1]);
  });

  it.each([0, -1, 0.5, 2.7, 129, 1e9, '2'])('gives no %j choices', async (n) => {
    for (const stream of [true, false]) {
      expect(await refusalOf(asking('echo', { n, stream }))).toMatchObject({
        code: 'upstream_invalid_request',
        param: 'n',
      });
    }
  });

  it('breaks no answer that need not be JSON', async () => {
    expect((await jsonOf(asking('bad-json-2'))).json.choices[0].message.content).toBe('Say hi, Ada');
    expect((await readAll(streaming('bad-json-2'))).text).toBe('Say hi, Ada');
    expect((await jsonOf(asking('bad-json-2', { tools }))).json.choices[0].finish_reason).toBe('tool_calls');
    const format = { response_format: { type: 'json_object' }, messages: [{ role: 'user', content: 'Say JSON' }] };
    expect((await jsonOf(asking('bad-json-2', format))).json.choices[0].message.content).toBe('no JSON: Say JSON');
  });

  it.each<[unknown, string, object]>([
    [undefined, 'now', {}],
    [{ type: 'function', function: { name: 'weather' } }, 'weather', { city: 'Paris', days: 1 }],
  ])('calls a tool for tool_choice %j', async (choice, name, args) => {
    const { json } = await jsonOf(asking('echo', { tools, tool_choice: choice }));
    expect(json.choices[0].finish_reason).toBe('tool_calls');
    const [call] = json.choices[0].message.tool_calls;
    expect([call.function.name, JSON.parse(call.function.arguments)]).toEqual([name, args]);
    const { bytes } = await readAll(streaming('echo', { tools, tool_choice: choice }));
    const deltas = chunksIn(bytes).flatMap(({ choices }) => choices[0].delta.tool_calls ?? []);
    expect(deltas.map((delta) => delta.function.arguments).join('')).toBe(call.function.arguments);
  });

  it('answers in text where no tool may be called, or when the tool has answered', async () => {
    const calls = [{ id: 'x', type: 'function', function: { name: 'weather', arguments: '{}' } }];
    const answered = [{ role: 'user', content: 'weather?' }, { role: 'assistant', tool_calls: calls }, { role: 'tool', tool_call_id: 'x', content: 'sunny' }]; // prettier-ignore
    expect((await jsonOf(asking('echo', { tools, tool_choice: 'none' }))).json.choices[0].message.content).toBe(
      'Say hi, Ada',
    );
    expect((await jsonOf(asking('echo', { tools, messages: answered }))).json.choices[0].message.content).toBe(
      'weather?',
    );
  });

  it('answers in JSON when asked to', async () => {
    const schema = {
      type: 'object',
      properties: { ok: { type: 'boolean' }, name: { type: 'string', minLength: 2 } },
      required: ['ok', 'name'],
    };
    const format = (response_format: object) =>
      asking('echo', { response_format, messages: [{ role: 'user', content: 'Say JSON' }] });
    expect(JSON.parse((await jsonOf(format({ type: 'json_object' }))).outputText)).toEqual({ echo: 'Say JSON' });
    expect(
      JSON.parse((await jsonOf(format({ type: 'json_schema', json_schema: { name: 'x', schema } }))).outputText),
    ).toEqual({
      ok: false,
      name: '--',
    });
  });

  it('answers later, but not to a caller who has left', async () => {
    const waited = { upstreamMs: 0 };
    await asking('slow-20', {}, { waited });
    expect(waited.upstreamMs).toBeGreaterThan(15);
    const leaving = new AbortController();
    const answered = asking('slow-600000', {}, { signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(answered).rejects.toThrow('left');
    await expect(asking('echo', {}, { signal: leaving.signal })).rejects.toThrow('left');
  });

  it.each([
    [400, 'upstream_invalid_request'],
    [401, 'upstream_auth_failed'],
    [429, 'upstream_quota_exceeded'],
    [500, 'upstream_unavailable'],
    [503, 'upstream_unavailable'],
  ])('fails with status %i on demand', async (status, code) => {
    for (const stream of [true, false])
      expect(await refusalOf(asking(`status-${status}`, { stream }))).toMatchObject({ code });
  });

  it('is cut after so many chunks', async () => {
    expect(await refusalOf(streaming('cut-0'))).toMatchObject({ code: 'upstream_unavailable' });
    expect(await refusalOf(asking('cut-3'))).toMatchObject({ code: 'upstream_unavailable' });
    expect(await readAll(streaming('cut-3'))).toMatchObject({
      text: 'Say hi,',
      error: { code: 'upstream_unavailable' },
    });
    expect(await readAll(streaming('cut-1000'))).toMatchObject({ text: 'Say hi, Ada', error: undefined });
  });

  it.each(['gpt-4o', 'echo-1', 'slow', 'slow-', 'status-200', 'status-99999', 'cut-x', ''])(
    'has no model %j',
    async (model) => {
      const error = await refusalOf(asking(model));
      expect(error).toMatchObject({ code: 'upstream_invalid_request', status: 400 });
      expect(error.message).toMatch(/^sandbox: The model .* does not exist/);
    },
  );
});

describe('the plainest value of a schema', () => {
  it.each<[object, unknown]>([
    [{ type: 'string' }, ''],
    [{ type: ['null', 'string'] }, null],
    [{ type: 'number', exclusiveMinimum: 0 }, 0.5],
    [{ type: 'integer', minimum: 3, multipleOf: 5 }, 5],
    [{ type: 'integer', maximum: -3 }, -3],
    [{ type: 'array', items: { type: 'boolean' }, minItems: 2 }, [false, false]],
    [{ enum: ['a', 'b'] }, 'a'],
    [{ const: 7 }, 7],
    [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, 0],
    [{ allOf: [{ properties: { a: { type: 'integer' } }, required: ['a'] }, { $ref: '#/$defs/b' }], $defs: { b: { properties: { b: { const: 1 } }, required: ['b'] } } }, { a: 0, b: 1 }],
    [{ properties: { next: { $ref: '#' } } }, {}],
    [{ $ref: '#/$defs/missing' }, null],
    [{ type: 'object', required: 'nonsense', properties: 5 }, {}],
    [{}, null],
  ])('%j is %j', (schema, value) => {
    expect(plainestValue(schema)).toEqual(value);
  }); // prettier-ignore

  it('ends, whatever the schema asks for', () => {
    const names = ['a', 'b', 'c', 'd'];
    const endless = {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, { $ref: '#' }])),
      required: names,
    };
    expect(JSON.stringify(plainestValue(endless)).length).toBeLessThan(1_000_000);
    expect(
      JSON.stringify(plainestValue({ type: 'array', minItems: 1e9, items: { type: 'string', minLength: 1e9 } })).length,
    ).toBeLessThan(2e6);
  });
});
