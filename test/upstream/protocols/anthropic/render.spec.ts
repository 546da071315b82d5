import { RingsideError } from '../../../../src/domain/errors.js';
import { renderChat } from '../../../../src/upstream/protocols/anthropic/render.js';
import { anthropic } from '../../../../src/upstream/providers/anthropic.js';
import { callOf } from '../../calling.js';

const SONNET = 'claude-sonnet-4-5';
const USER = { role: 'user', content: 'Hi' };
const TOOLS = ['look_up', 'add_up'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: { x: {} } } },
}));

interface Parts {
  readonly model?: string;
  readonly outputLimit?: number;
  readonly userHash?: string;
}

/** The request that a body becomes; what every call has in common is left out of it. */
// oxlint-disable-next-line typescript/no-explicit-any
function rendered(body: Record<string, unknown>, { model = SONNET, ...parts }: Parts = {}): any {
  return renderChat(
    callOf({ provider: 'anthropic', model, ...parts, body: { messages: [USER], max_tokens: 100, ...body } }),
    anthropic.quirks,
  );
}

function refusal(body: Record<string, unknown>): Pick<RingsideError, 'code' | 'param'> {
  try {
    rendered(body);
  } catch (error) {
    if (error instanceof RingsideError) return { code: error.code, param: error.param };
    throw error;
  }
  throw new Error('nothing was refused');
}

const said = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });
const calling = (id: string, args: unknown = '{}') => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name: 'look_up', arguments: args } }],
});
const IMAGE = (url: unknown) => ({ type: 'image_url', image_url: { url } });

describe('a conversation on Anthropic’s wire', () => {
  it.each<[string, readonly unknown[], unknown]>([
    ['one text is a string', [USER], [USER]],
    ['neighbours of one role are one turn', [USER, { role: 'user', content: 'there' }, { role: 'assistant', content: 'Yes?' }, { role: 'assistant', content: 'Who?' }, USER],
      [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, { type: 'text', text: 'there' }] }, { role: 'assistant', content: [{ type: 'text', text: 'Yes?' }, { type: 'text', text: 'Who?' }] }, USER]],
    ['what says nothing is left out, and what stands on both sides of it is one', [USER, { role: 'assistant', content: ' ' }, { role: 'user', content: [{ type: 'text', text: '' }, { type: 'text', text: 'you' }] }],
      [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, { type: 'text', text: 'you' }] }]],
    ['the user begins', [{ role: 'assistant', content: 'Welcome!' }, USER], [{ role: 'user', content: '(the conversation begins)' }, { role: 'assistant', content: 'Welcome!' }, USER]],
    ['the user begins where nobody says anything', [{ role: 'system', content: 'Greet.' }], [{ role: 'user', content: '(the conversation begins)' }]],
    ['an answer’s first words end in no space', [USER, { role: 'assistant', content: 'Dear \n' }], [USER, { role: 'assistant', content: 'Dear' }]],
    ['a refusal is what was said', [USER, { role: 'assistant', content: null, refusal: 'I cannot.' }, USER], [USER, { role: 'assistant', content: 'I cannot.' }, USER]],
    ['a refusal in parts, too', [USER, { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }, USER], [USER, { role: 'assistant', content: 'No.' }, USER]],
    ['reasoning and names stay here', [{ ...USER, name: 'ada' }, { role: 'assistant', content: 'Yes?', reasoning_content: 'hm' }, USER], [USER, { role: 'assistant', content: 'Yes?' }, USER]],
    ['results of tools go first', [USER, calling('a'), { ...USER, content: 'now' }, { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: '4' }] }],
      [USER, { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'look_up', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: '4' }, { type: 'text', text: 'now' }] }]],
    ['a result can be an image', [USER, calling('a'), { role: 'tool', tool_call_id: 'a', content: [IMAGE('https://x.example/1.png')] }],
      [USER, { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'look_up', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source: { type: 'url', url: 'https://x.example/1.png' } }] }] }]],
  ])('%s', (_, messages, turns) => {
    expect(rendered({ messages }).messages).toEqual(turns);
  }); // prettier-ignore

  it('what the system says stands apart, as text or with its marks', () => {
    const system = (content: unknown) =>
      rendered({ messages: [{ role: 'system', content: 'One.' }, USER, { role: 'developer', content }] }).system;
    expect(system('Two.')).toBe('One.\n\nTwo.');
    expect(system([{ type: 'text', text: ' ' }])).toBe('One.');
    expect(system([{ type: 'text', text: 'Two.', cache_control: { type: 'ephemeral', ttl: '5m' } }])).toEqual([
      { type: 'text', text: 'One.' },
      { type: 'text', text: 'Two.', cache_control: { type: 'ephemeral', ttl: '5m' } },
    ]);
    expect(rendered({})).not.toHaveProperty('system');
  });

  it.each<[string, unknown, unknown]>([
    ['a JPEG by its other name', IMAGE('data:image/jpg;base64,/9j/'), { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: '/9j/' } }],
    ['an image whose type has parameters', IMAGE('data:IMAGE/webp;q=1;base64,UklG'), { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'UklG' } }],
    ['an image that is another than it is declared to be', IMAGE('data:image/jpeg;base64,iVBORw0KGgoAAAANSUhEUg=='), { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgoAAAANSUhEUg==' } }],
    ['an image that is not declared to be one', IMAGE('data:application/octet-stream;base64,UklGRiQAAABXRUJQ'), { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'UklGRiQAAABXRUJQ' } }],
    ['an image that is a bare URL', { type: 'image_url', image_url: 'http://x.example/a' }, { type: 'image', source: { type: 'url', url: 'http://x.example/a' } }],
    ['an image to be cached', { ...IMAGE('https://x.example/a'), cache_control: { type: 'ephemeral' } }, { type: 'image', source: { type: 'url', url: 'https://x.example/a' }, cache_control: { type: 'ephemeral' } }],
    ['a mark of another kind', { type: 'text', text: 'Hi', cache_control: { type: 'forever', ttl: '9y' } }, 'Hi'],
    ['a PDF without a name', { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBE' } }, { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' } }],
  ])('takes %s', (_, part, block) => {
    expect(rendered(said(part)).messages[0].content).toEqual(typeof block === 'string' ? block : [block]);
  }); // prettier-ignore

  it.each<[string, Record<string, unknown>, string, string]>([
    ['a drawing', said(IMAGE('data:image/svg+xml;base64,PHN2')), 'unsupported_parameter', 'messages[0].content[0].image_url'],
    ['a part that is no object', said(USER.content), 'invalid_parameter', 'messages[0].content[0]'],
    ['an image at no address', said({ type: 'text', text: 'a' }, IMAGE('ftp://x')), 'invalid_parameter', 'messages[0].content[1].image_url'],
    ['an image without an address', said(IMAGE(undefined)), 'invalid_parameter', 'messages[0].content[0].image_url'],
    ['a text file', said({ type: 'file', file: { file_data: 'data:text/plain;base64,SGk=' } }), 'unsupported_parameter', 'messages[0].content[0].file'],
    ['a file that was uploaded', said({ type: 'file', file: { file_id: 'file-1' } }), 'unsupported_parameter', 'messages[0].content[0].file'],
    ['a text that is none', said({ type: 'text', text: 5 }), 'invalid_parameter', 'messages[0].content[0]'],
    ['content that is none', { messages: [{ role: 'user', content: 5 }] }, 'invalid_parameter', 'messages[0].content'],
    ['an image in instructions', { messages: [USER, { role: 'system', content: [IMAGE('https://x')] }] }, 'unsupported_parameter', 'messages[1].content[0]'],
    ['another role', { messages: [USER, { role: 'function', name: 'f', content: '1' }] }, 'unsupported_parameter', 'messages[1].role'],
    ['a call of a function', { messages: [USER, { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } }] }, 'unsupported_parameter', 'messages[1].function_call'],
    ['a call of a custom tool', { messages: [USER, { role: 'assistant', tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'f', input: '' } }] }] }, 'unsupported_parameter', 'messages[1].tool_calls[0]'],
    ['calls that are no list', { messages: [USER, { role: 'assistant', tool_calls: 'f' }] }, 'invalid_parameter', 'messages[1].tool_calls'],
    ['a call without an id', { messages: [USER, { role: 'assistant', tool_calls: [{ type: 'function', function: { name: 'f' } }] }] }, 'invalid_parameter', 'messages[1].tool_calls[0]'],
    ['arguments that are no text', { messages: [USER, calling('a', { x: 1 })] }, 'invalid_parameter', 'messages[1].tool_calls[0].function.arguments'],
    ['a result of nothing', { messages: [USER, { role: 'tool', content: '4' }] }, 'invalid_parameter', 'messages[1].tool_call_id'],
    ['several answers', { n: 2 }, 'unsupported_parameter', 'n'],
    ['an answer to be heard', { modalities: ['text', 'audio'] }, 'unsupported_parameter', 'modalities'],
    ['functions', { functions: [{ name: 'f' }] }, 'unsupported_parameter', 'functions'],
    ['an effort that nobody knows', { reasoning_effort: 'heroic' }, 'invalid_parameter', 'reasoning_effort'],
    ['an answer in a form of its own', { response_format: { type: 'grammar' } }, 'unsupported_parameter', 'response_format'],
    ['a temperature in words', { temperature: 'warm' }, 'invalid_parameter', 'temperature'],
  ])('refuses %s', (_, body, code, param) => {
    expect(refusal(body)).toEqual({ code, param });
  }); // prettier-ignore
});

describe('tools on Anthropic’s wire', () => {
  const WIRE = ['look_up', 'add_up'].map((name) => ({ name, input_schema: { type: 'object', properties: { x: {} } } }));
  const only = (mode: string, ...names: string[]) => ({
    type: 'allowed_tools',
    allowed_tools: { mode, tools: names.map((name) => ({ type: 'function', function: { name } })) },
  });

  it.each<[string, Record<string, unknown>, unknown, unknown]>([
    ['no choice', {}, WIRE, undefined],
    ['a choice of null', { tool_choice: null }, WIRE, undefined],
    ['none', { tool_choice: 'none' }, WIRE, { type: 'none' }],
    ['auto', { tool_choice: 'auto' }, WIRE, { type: 'auto' }],
    ['required', { tool_choice: 'required' }, WIRE, { type: 'any' }],
    ['a name', { tool_choice: { type: 'function', function: { name: 'add_up' } } }, WIRE, { type: 'tool', name: 'add_up' }],
    ['a selection', { tool_choice: only('auto', 'add_up') }, [WIRE[1]], { type: 'auto' }],
    ['a selection of which one must be called', { tool_choice: only('required', 'add_up', 'look_up') }, WIRE, { type: 'any' }],
    ['one call at a time', { parallel_tool_calls: false }, WIRE, { type: 'auto', disable_parallel_tool_use: true }],
    ['one call, which must be', { parallel_tool_calls: false, tool_choice: 'required' }, WIRE, { type: 'any', disable_parallel_tool_use: true }],
    ['no call, one at a time', { parallel_tool_calls: false, tool_choice: 'none' }, WIRE, { type: 'none' }],
    ['no tools', { tools: [], tool_choice: 'auto', parallel_tool_calls: false }, undefined, undefined],
    ['no tools at all', { tools: null, tool_choice: 'none' }, undefined, undefined],
  ])('%s', (_, body, tools, choice) => {
    const request = rendered({ tools: TOOLS, ...body });
    expect([request.tools, request.tool_choice]).toEqual([tools, choice]);
  }); // prettier-ignore

  it('keeps schemas, and makes objects of those that do not say what they are', () => {
    const tool = { type: 'function', function: { name: 'f', description: 'Does f.', parameters: { $defs: { a: {} }, required: ['a'] } }, cache_control: { type: 'ephemeral' } };
    expect(rendered({ tools: [tool] }).tools).toEqual([
      { name: 'f', description: 'Does f.', input_schema: { type: 'object', properties: {}, $defs: { a: {} }, required: ['a'] }, cache_control: { type: 'ephemeral' } },
    ]);
  }); // prettier-ignore

  it.each<[string, Record<string, unknown>, string, string]>([
    ['custom tools', { tools: [TOOLS[0], { type: 'custom', custom: { name: 'c' } }] }, 'unsupported_parameter', 'tools[1]'],
    ['a choice of a custom tool', { tool_choice: { type: 'custom', custom: { name: 'c' } } }, 'unsupported_parameter', 'tool_choice'],
    ['a choice of a tool that is not there', { tool_choice: { type: 'function', function: { name: 'x' } } }, 'invalid_parameter', 'tool_choice'],
    ['a selection of none that is there', { tool_choice: only('auto', 'x') }, 'invalid_parameter', 'tool_choice'],
    ['a choice that is none', { tool_choice: 'perhaps' }, 'invalid_parameter', 'tool_choice'],
    ['a demand without tools', { tools: [], tool_choice: 'required' }, 'invalid_parameter', 'tool_choice'],
    ['a tool without a name', { tools: [{ type: 'function', function: {} }] }, 'invalid_parameter', 'tools[0].function.name'],
    ['tools that are no list', { tools: 'all' }, 'invalid_parameter', 'tools'],
  ])('refuses %s', (_, body, code, param) => {
    expect(refusal({ tools: TOOLS, ...body })).toEqual({ code, param });
  }); // prettier-ignore
});

describe('how an answer is to be made, on Anthropic’s wire', () => {
  const NEITHER = { max_tokens: null };

  it.each<[string, number, Record<string, unknown>, Parts]>([
    ['the caller’s limit', 100, {}, {}],
    ['the newer name', 70, { max_completion_tokens: 70 }, { outputLimit: 50 }],
    ['a hold’s', 50, NEITHER, { outputLimit: 50 }],
    ['the model’s own', 64_000, NEITHER, {}],
    ['that of a dated model', 32_000, NEITHER, { model: 'claude-opus-4-1-20250805' }],
    ['that of the newest, where the model is not known', 128_000, NEITHER, { model: 'claude-opus-9' }],
  ])('the output limit is %s', (_, limit, body, parts) => {
    expect(rendered(body, parts).max_tokens).toBe(limit);
  });

  it.each<[string, Record<string, unknown>, unknown]>([
    [SONNET, { temperature: 1.6 }, { temperature: 1 }],
    [SONNET, { temperature: 0, top_p: 0.4 }, { temperature: 0 }],
    [SONNET, { top_p: 0.4 }, { top_p: 0.4 }],
    [SONNET, { temperature: null, top_p: null }, {}],
    ['claude-opus-4-6', { temperature: 0.5 }, { temperature: 0.5 }],
    ['claude-opus-4-6', { temperature: 0.5, reasoning_effort: 'none' }, { temperature: 0.5 }],
    ['claude-opus-4-6', { temperature: 0.5, reasoning_effort: 'low' }, {}],
    [SONNET, { top_p: 0.5, reasoning_effort: 'low', max_tokens: 5000 }, {}],
    ['claude-opus-4-7', { temperature: 0.5, top_p: 0.4 }, {}],
    ['claude-sonnet-5', { top_p: 0.4 }, {}],
    ['claude-mythos-preview', { temperature: 0.5 }, {}],
  ])('%s samples %j as %j', (model, body, sampled) => {
    const { temperature, top_p } = rendered(body, { model });
    expect({ temperature, top_p }).toEqual({ temperature: undefined, top_p: undefined, ...(sampled as object) });
  });

  const budget = (tokens: number) => ({ type: 'enabled', budget_tokens: tokens });
  const adaptive = (effort: string) => [{ type: 'adaptive' }, effort];
  const shown = (effort: string) => [{ type: 'adaptive', display: 'summarized' }, effort];
  const FORCED = { tools: TOOLS, tool_choice: 'required' };
  const RESULT = { messages: [USER, calling('a'), { role: 'tool', tool_call_id: 'a', content: '4' }] };

  it.each<[string, string, Record<string, unknown>, readonly unknown[], number]>([
    ['claude-opus-4-8', 'minimal', {}, shown('low'), 100],
    ['claude-opus-4-8', 'xhigh', {}, shown('xhigh'), 100],
    ['claude-opus-4-6', 'xhigh', {}, adaptive('high'), 100],
    ['claude-opus-4-6-20260205', 'max', {}, adaptive('max'), 100],
    ['claude-fable-5-2', 'medium', RESULT, shown('medium'), 100],
    ['claude-mythos-preview', 'high', NEITHER, shown('high'), 128_000],
    ['claude-opus-9', 'low', NEITHER, shown('low'), 128_000],
    ['claude-opus-9', 'high', { ...FORCED, ...NEITHER }, shown('high'), 128_000],
    ['claude-opus-4-7', 'max', NEITHER, shown('max'), 128_000],
    ['claude-opus-5', 'none', {}, [{ type: 'disabled' }, undefined], 100],
    ['claude-opus-5', 'high', FORCED, [undefined, 'high'], 100],
    ['claude-opus-5', 'xhigh', FORCED, [undefined, 'high'], 100],
    ['claude-opus-4-6', 'max', FORCED, [undefined, 'high'], 100],
    [SONNET, 'none', {}, [undefined, undefined], 100],
    [SONNET, 'minimal', NEITHER, [budget(1024), undefined], 64_000],
    [SONNET, 'high', NEITHER, [budget(16_000), undefined], 64_000],
    ['claude-opus-4-20250514', 'max', NEITHER, [budget(16_000), undefined], 32_000],
    ['claude-3-7-sonnet-20250219', 'medium', NEITHER, [budget(4096), undefined], 64_000],
    [SONNET, 'high', { max_tokens: 6001 }, [budget(3000), undefined], 6001],
    [SONNET, 'low', { max_tokens: 2047 }, [undefined, undefined], 2047],
    [SONNET, 'low', { ...FORCED, max_tokens: 9000 }, [undefined, undefined], 9000],
    [SONNET, 'low', { ...RESULT, max_tokens: 9000 }, [undefined, undefined], 9000],
    [
      SONNET,
      'low',
      { messages: [USER, { role: 'assistant', content: 'Well' }], max_tokens: 9000 },
      [undefined, undefined],
      9000,
    ],
    ['claude-3-5-sonnet-20241022', 'high', NEITHER, [undefined, undefined], 8192],
    ['claude-3-opus-20240229', 'high', NEITHER, [undefined, undefined], 4096],
    ['claude-2.1', 'high', NEITHER, [undefined, undefined], 4096],
  ])('%s at effort %s, with %j', (model, reasoning_effort, body, [thinking, effort], limit) => {
    const request = rendered({ reasoning_effort, ...body }, { model });
    expect([request.thinking, request.output_config?.effort, request.max_tokens]).toEqual([thinking, effort, limit]);
  });

  it('asks for JSON in words, and for a stream by a field', () => {
    expect(rendered({ response_format: { type: 'json_object' } }).system).toMatch(/JSON[^]*\{"type":"object"\}$/);
    expect(rendered({ response_format: { type: 'text' } })).not.toHaveProperty('system');
    expect(rendered({ stream: true, stream_options: { include_usage: true } })).toMatchObject({ stream: true });
    expect(rendered({ stream: null })).not.toHaveProperty('stream');
  });

  it('sends nothing else: no field that it does not know, and no name of a person', () => {
    const hints = Object.fromEntries(anthropic.quirks.request!.drop!.map((field) => [field, 1]));
    const request = rendered({ ...hints, user: 'ada', foo: 'bar', stop: [' ', '\n'], n: 1, functions: [] });
    expect(request).toEqual({ model: SONNET, max_tokens: 100, messages: [USER] });
    expect(rendered({ user: 'ada' }, { userHash: 'h1' }).metadata).toEqual({ user_id: 'h1' });
  });
});
