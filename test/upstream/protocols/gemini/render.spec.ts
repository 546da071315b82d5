import type { RingsideError } from '../../../../src/domain/errors.js';
import { chatPath } from '../../../../src/upstream/protocols/gemini/model-path.js';
import { renderChat } from '../../../../src/upstream/protocols/gemini/render.js';
import { google } from '../../../../src/upstream/providers/google.js';
import { callOf, refusalOf } from '../../calling.js';

const FLASH = 'gemini-2.5-flash';

/** The request as it goes out for a body, and for a model when it matters. */
// oxlint-disable-next-line typescript/no-explicit-any
function sent(body: Record<string, unknown>, model = FLASH): any {
  return JSON.parse(JSON.stringify(renderChat(callOf({ provider: 'google', model, body }), google.quirks)));
}

const refused = (body: Record<string, unknown>): Promise<RingsideError> =>
  refusalOf(Promise.resolve().then(() => sent(body)));
const said = (...messages: object[]) => sent({ messages }).contents;
const user = (content: unknown) => ({ role: 'user', content });
const text = (words: string) => ({ parts: [{ text: words }] });

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const AS_SCHEMA = { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: SCHEMA } } };
const AS_OBJECT = { response_format: { type: 'json_object' } };
const functionTool = (name: string, parameters?: object) => ({ type: 'function', function: { name, parameters } });
const F = functionTool('f', SCHEMA);
const G = functionTool('g', SCHEMA);

describe('where a Gemini model is called', () => {
  it.each([
    [FLASH, false, '/v1beta/models/gemini-2.5-flash:generateContent'],
    [FLASH, true, '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
    ['models/gemini-2.5-flash', false, '/v1beta/models/gemini-2.5-flash:generateContent'],
    ['tunedModels/my model', true, '/v1beta/tunedModels/my%20model:streamGenerateContent?alt=sse'],
    ['../files/x?key=y', false, '/v1beta/models/..%2Ffiles%2Fx%3Fkey%3Dy:generateContent'],
  ])('%s (stream: %s) at %s', (model, isStream, path) => {
    expect(chatPath(model, isStream)).toBe(path);
  });
});

describe('a conversation for Gemini', () => {
  it('has one turn for neighbours of a role, and nothing empty in it', () => {
    expect(said(user('a'), user([{ type: 'text', text: '' }, { type: 'text', text: 'b' }]), { role: 'assistant', content: '' }, user('c'))).toEqual([
      { role: 'user', parts: [{ text: 'a' }, { text: 'b' }, { text: 'c' }] },
    ]); // prettier-ignore
  });

  it('begins with the user', () => {
    const [first, second] = said({ role: 'assistant', content: 'Hello!' }, user('Hi'));
    expect([first, second]).toEqual([{ role: 'user', ...text('(the conversation begins)') }, { role: 'model', ...text('Hello!') }]); // prettier-ignore
  });

  it('is what was instructed where nothing else is said', () => {
    expect(sent({ messages: [{ role: 'developer', content: 'Say a word.' }] })).toEqual({
      contents: [{ role: 'user', ...text('Say a word.') }],
    });
  });

  it('puts instructions in front of an image, for models that have no place for them', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    expect(
      sent({ messages: [{ role: 'system', content: 'Be brief.' }, user([image])] }, 'models/gemma-3-4b-it'),
    ).toEqual({
      contents: [
        { role: 'user', parts: [{ text: 'Be brief.' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
      ],
    });
  });

  it('names the type of a JPEG as Google knows it', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/jpg;base64,/9j/' } };
    expect(said(user([image]))).toEqual([
      { role: 'user', parts: [{ inlineData: { mimeType: 'image/jpeg', data: '/9j/' } }] },
    ]);
  });

  it('has sound as bytes', () => {
    const audio = { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } };
    expect(said(user([audio]))).toEqual([
      { role: 'user', parts: [{ inlineData: { mimeType: 'audio/wav', data: 'UklGRg==' } }] },
    ]); // prettier-ignore
  });

  it.each<[string, string, object[]]>([
    ['invalid_parameter', 'messages', [user('')]],
    ['invalid_parameter', 'messages[0].content[0].image_url', [user([{ type: 'image_url', image_url: { url: 'gs://bucket/x.png' } }])]],
    ['invalid_parameter', 'messages[0].content[0].input_audio', [user([{ type: 'input_audio', input_audio: {} }])]],
    ['unsupported_parameter', 'messages[0].content[0].file', [user([{ type: 'file', file: { file_id: 'file-1' } }])]],
    ['unsupported_parameter', 'messages[0].content[0]', [user([{ type: 'video', video: 'x' }])]],
    ['unsupported_parameter', 'messages[0].content[0]', [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }]],
    ['unsupported_parameter', 'messages[1].role', [user('a'), { role: 'function', name: 'f', content: 'x' }]],
    ['invalid_parameter', 'messages[1].tool_call_id', [user('a'), { role: 'tool', tool_call_id: 'call_9', content: 'x' }]],
    ['invalid_parameter', 'messages[1].tool_calls[0].function.arguments', [user('a'), { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: [1] } }] }]],
  ])('is refused with %s on %s', async (code, param, messages) => {
    expect(await refused({ messages })).toMatchObject({ code, param });
  }); // prettier-ignore
});

describe('the signature of a tool call', () => {
  const call = (id: string, signature?: string) => ({
    id,
    type: 'function',
    function: { name: 'f', arguments: '{}' },
    ...(signature !== undefined && { extra_content: { google: { thought_signature: signature } } }),
  });
  const turn = (...calls: object[]) => [
    { role: 'assistant', content: null, tool_calls: calls },
    ...calls.map((one) => ({ role: 'tool', tool_call_id: (one as { id: string }).id, content: '1' })),
  ];
  const signatures = (model: string, ...messages: object[]) =>
    sent({ messages }, model).contents.flatMap(
      ({ role, parts }: { role: string; parts: { thoughtSignature?: string }[] }) =>
        role === 'model' ? [parts.map(({ thoughtSignature }) => thoughtSignature)] : [],
    );

  it('goes back where it came from, with every model', () => {
    for (const model of ['gemini-3-flash-preview', FLASH]) {
      expect(signatures(model, user('a'), ...turn(call('1', 'c2lnMQ=='), call('2')))).toEqual([
        ['c2lnMQ==', undefined],
      ]);
    }
  });

  it('is excused where the caller has lost it, on the first call of each step of the turn at hand', () => {
    const lost = 'skip_thought_signature_validator';
    for (const model of ['gemini-3-pro-preview', 'gemini-3.5-flash', 'gemini-flash-latest']) {
      const messages = [
        user('a'),
        ...turn(call('1'), call('2')),
        user('b'),
        ...turn(call('3'), call('4')),
        ...turn(call('5')),
      ];
      expect(signatures(model, ...messages)).toEqual([[undefined, undefined], [lost, undefined], [lost]]); // prettier-ignore
    }
  });

  it('is excused although a question without words stands behind the call', () => {
    expect(signatures('gemini-3-pro-preview', user('a'), ...turn(call('1')), user(''))).toEqual([
      ['skip_thought_signature_validator'],
    ]);
  });

  it('is not asked for by older models', () => {
    for (const model of [FLASH, 'gemini-2.0-flash', 'gemma-3-27b-it', 'learnlm-2.0'])
      expect(signatures(model, user('a'), ...turn(call('1')))).toEqual([[undefined]]);
  });
});

describe('tools for Gemini', () => {
  const only = (name: string) => ({
    allowed_tools: { mode: 'required', tools: [functionTool(name)] },
    type: 'allowed_tools',
  });

  it.each<[string, unknown, unknown, string[]]>([
    ['nothing said', undefined, undefined, ['f', 'g']],
    ['none', 'none', { mode: 'NONE' }, ['f', 'g']],
    ['auto', 'auto', { mode: 'AUTO' }, ['f', 'g']],
    ['required', 'required', { mode: 'ANY' }, ['f', 'g']],
    [
      'one by its name',
      { type: 'function', function: { name: 'g' } },
      { mode: 'ANY', allowedFunctionNames: ['g'] },
      ['f', 'g'],
    ],
    ['a selection', only('g'), { mode: 'ANY' }, ['g']],
  ])('are called by choice: %s', (_, choice, calling, names) => {
    const { tools, toolConfig } = sent({ tools: [F, G], tool_choice: choice });
    expect(toolConfig).toEqual(calling && { functionCallingConfig: calling });
    expect(tools[0].functionDeclarations.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  it.each<[string, object | undefined, object | undefined]>([
    ['no schema', undefined, undefined],
    ['an empty one', {}, undefined],
    ['no properties', { type: 'object', properties: {}, additionalProperties: false }, undefined],
    ['a reference', { $ref: '#/$defs/a', $defs: { a: SCHEMA } }, { ...SCHEMA, $defs: { a: SCHEMA } }],
    ['properties', SCHEMA, SCHEMA],
  ])('are declared with their schema: %s', (_, parameters, declared) => {
    expect(sent({ tools: [functionTool('f', parameters)] }).tools[0].functionDeclarations).toEqual([
      { name: 'f', ...(declared && { parametersJsonSchema: declared }) },
    ]);
  }); // prettier-ignore

  it('are left out when there are none', () => {
    expect(Object.keys(sent({ tools: [], tool_choice: 'auto' }))).toEqual(['contents']);
  });

  it('must be functions', async () => {
    const custom = { type: 'custom', custom: { name: 'c' } };
    expect(await refused({ tools: [F, custom] })).toMatchObject({ code: 'unsupported_parameter', param: 'tools[1]' });
  });
});

describe('how an answer is to be made', () => {
  const config = (body: Record<string, unknown>, model?: string) => sent(body, model).generationConfig;

  it.each<[string, string, unknown]>([
    [FLASH, 'none', { thinkingBudget: 0 }],
    [FLASH, 'minimal', { thinkingBudget: 1024, includeThoughts: true }],
    [FLASH, 'low', { thinkingBudget: 1024, includeThoughts: true }],
    [FLASH, 'medium', { thinkingBudget: 8192, includeThoughts: true }],
    [FLASH, 'high', { thinkingBudget: 24_576, includeThoughts: true }],
    [FLASH, 'xhigh', { thinkingBudget: 24_576, includeThoughts: true }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['gemini-2.5-pro', 'max', { thinkingBudget: 24_576, includeThoughts: true }],
    ['gemini-flash-latest', 'low', { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-3-flash-preview', 'none', { thinkingLevel: 'minimal' }],
    ['gemini-3-flash-preview', 'minimal', { thinkingLevel: 'minimal', includeThoughts: true }],
    ['gemini-3.1-flash', 'medium', { thinkingLevel: 'medium', includeThoughts: true }],
    ['models/gemini-3-pro-preview', 'none', { thinkingLevel: 'low' }],
    ['gemini-3-pro-preview', 'minimal', { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-3-pro-preview', 'max', { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-2.0-flash', 'high', undefined],
    ['gemma-3-27b-it', 'high', undefined],
  ])('%s thinks as asked: %s', (model, effort, thinkingConfig) => {
    expect(config({ reasoning_effort: effort }, model)).toEqual(thinkingConfig && { thinkingConfig });
  });

  it('an effort that nobody knows is named', async () => {
    expect(await refused({ reasoning_effort: 'constructor' })).toMatchObject({
      code: 'invalid_parameter',
      param: 'reasoning_effort',
    });
  });

  it.each<[string, Record<string, unknown>, unknown, boolean]>([
    [FLASH, AS_SCHEMA, { responseMimeType: 'application/json', responseJsonSchema: SCHEMA }, false],
    [FLASH, AS_OBJECT, { responseMimeType: 'application/json' }, false],
    [FLASH, { ...AS_SCHEMA, tools: [F] }, undefined, true],
    [FLASH, { ...AS_OBJECT, tools: [F] }, undefined, true],
    [
      'gemini-3-pro-preview',
      { ...AS_SCHEMA, tools: [F] },
      { responseMimeType: 'application/json', responseJsonSchema: SCHEMA },
      false,
    ],
    ['gemini-3-pro-preview', { ...AS_OBJECT, tools: [F] }, { responseMimeType: 'application/json' }, false],
    ['gemini-2.0-flash', AS_SCHEMA, { responseMimeType: 'application/json' }, true],
    ['gemini-2.0-flash', AS_OBJECT, { responseMimeType: 'application/json' }, false],
    ['gemini-pro-latest', AS_SCHEMA, { responseMimeType: 'application/json', responseJsonSchema: SCHEMA }, false],
    [FLASH, { response_format: { type: 'text' } }, undefined, false],
  ])('%s is asked for JSON as it can be: %j', (model, body, generationConfig, inWords) => {
    const { systemInstruction, ...request } = sent(body, model);
    expect(request.generationConfig).toEqual(generationConfig);
    expect(JSON.stringify(systemInstruction ?? '').includes('JSON schema')).toBe(inWords);
  });

  it('penalties are left out where models refuse them', () => {
    const body = { presence_penalty: 0.5, frequency_penalty: 0.25 };
    expect(config(body, 'gemini-2.0-flash')).toEqual({ presencePenalty: 0.5, frequencyPenalty: 0.25 });
    for (const model of [FLASH, 'gemini-3-pro-preview', 'gemma-3-27b-it']) expect(config(body, model)).toBeUndefined();
  });

  it('a limit may come from the caller or from what holds the call', () => {
    const limited = (body: Record<string, unknown>) =>
      renderChat(callOf({ provider: 'google', model: FLASH, outputLimit: 77, body }), google.quirks)[
        'generationConfig'
      ];
    expect(limited({})).toEqual({ maxOutputTokens: 77 });
    expect(limited({ max_tokens: 5 })).toEqual({ maxOutputTokens: 5 });
    expect(limited({ max_tokens: 5, max_completion_tokens: 6 })).toEqual({ maxOutputTokens: 6 });
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['invalid_parameter', 'temperature', { temperature: 'hot' }],
    ['unsupported_parameter', 'response_format', { response_format: { type: 'grammar' } }],
    ['unsupported_parameter', 'audio', { audio: { voice: 'x' } }],
    ['unsupported_parameter', 'web_search_options', { web_search_options: {} }],
    ['unsupported_parameter', 'n', { n: 2, stream: true }],
  ])('is refused with %s on %s', async (code, param, body) => {
    expect(await refused(body)).toMatchObject({ code, param });
  });

  it('one answer is not worth a word, nor is what asks for nothing', () => {
    expect(
      Object.keys(sent({ n: 1, stream: true, logprobs: false, temperature: null, functions: [], stop: [] })),
    ).toEqual(['contents']);
  });

  it('what is safe is the caller’s to say', () => {
    const settings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }];
    expect(sent({ safety_settings: settings }).safetySettings).toEqual(settings);
  });
});
