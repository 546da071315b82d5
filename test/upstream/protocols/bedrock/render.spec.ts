import { RingsideError } from '../../../../src/domain/errors.js';
import { renderChat } from '../../../../src/upstream/protocols/bedrock/render.js';
import { bedrock } from '../../../../src/upstream/providers/bedrock.js';
import { callOf } from '../../calling.js';

const HAIKU = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const NOVA = 'amazon.nova-pro-v1:0';

/** The request for a body; its fields are what a test expects them to be. */
// oxlint-disable-next-line typescript/no-explicit-any
const rendered = (body: Record<string, unknown>, model = HAIKU, parts = {}): any =>
  JSON.parse(JSON.stringify(renderChat(callOf({ provider: 'bedrock', model, body, ...parts }), bedrock.quirks)));
const refusal = (body: Record<string, unknown>, model?: string) => {
  try {
    rendered(body, model);
  } catch (error) {
    if (error instanceof RingsideError) return { code: error.code, param: error.param };
    throw error;
  }
  return undefined;
};

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown, ...calls: unknown[]) => ({
  role: 'assistant',
  content,
  ...(calls.length > 0 && { tool_calls: calls }),
});
const called = (id: string, args = '{}', name = 'look') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const result = (id: string, content: unknown) => ({ role: 'tool', tool_call_id: id, content });
const tool = (name: string, more = {}) => ({ type: 'function', function: { name, ...more } });
const HISTORY = [user('Hi'), assistant(null, called('call_1')), result('call_1', 'done')];

describe('a conversation for Bedrock', () => {
  const turns = (messages: unknown[], model?: string) => rendered({ messages }, model).messages;

  it('has turns that alternate, whoever spoke several times', () => {
    expect(turns([user('a'), user('b'), assistant('c'), assistant('d'), user('e')])).toEqual([
      { role: 'user', content: [{ text: 'a' }, { text: 'b' }] },
      { role: 'assistant', content: [{ text: 'c' }, { text: 'd' }] },
      { role: 'user', content: [{ text: 'e' }] },
    ]);
  });

  it('begins with the user', () => {
    const beginning = { role: 'user', content: [{ text: '(the conversation begins)' }] };
    expect(turns([assistant('Welcome.'), user('Hi')])).toMatchObject([
      beginning,
      { role: 'assistant' },
      { role: 'user' },
    ]);
    expect(rendered({ messages: [{ role: 'system', content: 'Say hi.' }] })).toEqual({
      messages: [beginning],
      system: [{ text: 'Say hi.' }],
    });
  });

  it('has no blank text, and no turn of nothing else', () => {
    const blank = [{ type: 'text', text: ' \n' }];
    const messages = [{ role: 'system', content: ' ' }, user('a'), assistant('\t'), user(blank), assistant('', called('call_1', '')), result('call_1', ' ')];
    expect(rendered({ messages })).toMatchObject({
      messages: [
        { role: 'user', content: [{ text: 'a' }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'call_1', name: 'look', input: {} } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'call_1', content: [{ text: '(nothing)' }] } }] },
      ],
    });
    expect(rendered({ messages }).system).toEqual([{ text: 'Answer in words. Do not call any tool.' }]);
  }); // prettier-ignore

  it('has the results of tools before what the user says', () => {
    const messages = [
      user('Hi'),
      assistant(null, called('a'), called('b')),
      result('a', '1'),
      user('Well?'),
      result('b', '2'),
    ];
    expect(turns(messages).at(-1).content).toEqual([
      { toolResult: { toolUseId: 'a', content: [{ text: '1' }] } },
      { toolResult: { toolUseId: 'b', content: [{ text: '2' }] } },
      { text: 'Well?' },
    ]);
  });

  it('ends in no white space where the model is to go on with its own words', () => {
    expect(turns([user('Hi'), assistant('The answer is: ')]).at(-1)).toEqual({
      role: 'assistant',
      content: [{ text: 'The answer is:' }],
    });
    const marked = { type: 'text', text: 'So: ', cache_control: { type: 'ephemeral' } };
    expect(turns([user('Hi'), assistant([marked])]).at(-1).content).toEqual([
      { text: 'So:' },
      { cachePoint: { type: 'default' } },
    ]);
  });

  it('bears ids that the model takes, the same for call and result', () => {
    const long = `call_${'x'.repeat(80)}`;
    const ids = (model: string) =>
      turns(
        [user('Hi'), assistant(null, called(long), called('call.1')), result(long, '1'), result('call.1', '2')],
        model,
      )
        .slice(1)
        .flatMap(
          ({ content }: { content: { toolUse?: { toolUseId: string }; toolResult?: { toolUseId: string } }[] }) =>
            content.map(({ toolUse, toolResult }) => (toolUse ?? toolResult)!.toolUseId),
        );
    const [first, second, ...answered] = ids(HAIKU);
    expect(first).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(second).not.toBe(first);
    expect(answered).toEqual([first, second]);
    expect(turns(HISTORY).at(-1).content[0].toolResult.toolUseId).toBe('call_1');
    expect(turns(HISTORY, 'mistral.mistral-large-2407-v1:0').at(-1).content[0].toolResult.toolUseId).toMatch(
      /^[a-zA-Z0-9]{9}$/,
    );
  });

  it('marks what is to be cached, for the models that can', () => {
    const part = { type: 'text', text: 'Long', cache_control: { type: 'ephemeral' } };
    const marked = [{ text: 'Long' }, { cachePoint: { type: 'default' } }];
    expect(turns([user([part])])[0].content).toEqual(marked);
    expect(turns([user([part])], NOVA)[0].content).toEqual(marked);
    expect(turns([user([part])], 'meta.llama3-1-70b-instruct-v1:0')[0].content).toEqual([{ text: 'Long' }]);
    const [told, mark] = turns([user('Hi'), assistant(null, called('a')), result('a', [part])]).at(-1).content;
    expect([told.toolResult.content, mark]).toEqual([[{ text: 'Long' }], { cachePoint: { type: 'default' } }]);
  });

  it.each<[string, unknown[], string, string]>([
    ['audio', [user([{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }])], 'unsupported_parameter', 'messages[0].content[0]'],
    ['an uploaded file', [user([{ type: 'file', file: { file_id: 'file-1' } }])], 'unsupported_parameter', 'messages[0].content[0].file'],
    ['an image that is no URL', [user([{ type: 'image_url', image_url: { url: 'gs://x/y.png' } }])], 'unsupported_parameter', 'messages[0].content[0].image_url'],
    ['an image of the assistant', [user('Hi'), assistant([{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }])], 'unsupported_parameter', 'messages[1].content[0]'],
    ['a function of old', [user('Hi'), { role: 'assistant', content: null, function_call: { name: 'x', arguments: '' } }], 'unsupported_parameter', 'messages[1].function_call'],
    ['its result', [{ role: 'function', name: 'x', content: '1' }], 'unsupported_parameter', 'messages[0].role'],
    ['arguments that are no text', [user('Hi'), assistant(null, called('a', [1] as unknown as string))], 'invalid_parameter', 'messages[1].tool_calls[0].function.arguments'],
    ['a result that answers nothing', [{ role: 'tool', content: '1' }], 'invalid_parameter', 'messages[0].tool_call_id'],
  ])('refuses %s, naming its place', (_, messages, code, param) => {
    expect(refusal({ messages })).toEqual({ code, param });
  }); // prettier-ignore
});

describe('tools for Bedrock', () => {
  const tools = [tool('look', { description: ' ', strict: true, parameters: { properties: { at: {} } } }), tool('say')];

  it('have a schema of an object, and no blank description', () => {
    expect(rendered({ tools }).toolConfig).toEqual({
      tools: [
        { toolSpec: { name: 'look', inputSchema: { json: { type: 'object', properties: { at: {} } } } } },
        { toolSpec: { name: 'say', inputSchema: { json: { type: 'object', properties: {} } } } },
      ],
    });
  });

  it.each<[unknown, string, unknown, string[]]>([
    ['auto', HAIKU, undefined, ['look', 'say']],
    ['required', HAIKU, { any: {} }, ['look', 'say']],
    [tool('say'), HAIKU, { tool: { name: 'say' } }, ['look', 'say']],
    [tool('say'), NOVA, { tool: { name: 'say' } }, ['look', 'say']],
    [tool('say'), 'mistral.mistral-large-2407-v1:0', { any: {} }, ['say']],
    [
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('look')] } },
      HAIKU,
      { any: {} },
      ['look'],
    ],
    [{ type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool('look')] } }, HAIKU, undefined, ['look']],
  ])('are chosen by %j with %s', (choice, model, wire, names) => {
    const { toolConfig } = rendered({ tools, tool_choice: choice }, model);
    expect(toolConfig.toolChoice).toEqual(wire);
    expect(toolConfig.tools.map(({ toolSpec }: { toolSpec: { name: string } }) => toolSpec.name)).toEqual(names);
  });

  it('stay where the history has calls although none may be made, and the model is told so', () => {
    const { toolConfig, system } = rendered({ messages: HISTORY, tools, tool_choice: 'none' });
    expect(toolConfig.tools).toHaveLength(2);
    expect(toolConfig.toolChoice).toBeUndefined();
    expect(system).toEqual([{ text: 'Answer in words. Do not call any tool.' }]);
    expect(rendered({ tools, tool_choice: 'none' })).toEqual({
      messages: [{ role: 'user', content: [{ text: 'Say hi' }] }],
    });
    expect(rendered({ messages: HISTORY, tools }).system).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, string | undefined, string, string]>([
    ['a forced call with Llama', { tools, tool_choice: tool('say') }, 'us.meta.llama4-scout-17b-instruct-v1:0', 'unsupported_parameter', 'tool_choice'],
    ['a custom tool', { tools: [{ type: 'custom', custom: { name: 'x' } }] }, undefined, 'unsupported_parameter', 'tools[0]'],
    ['a name that is none there', { tools: [tool('say'), tool('look.at')] }, undefined, 'invalid_parameter', 'tools[1].function.name'],
    ['a name that is too long', { tools: [tool('x'.repeat(65))] }, undefined, 'invalid_parameter', 'tools[0].function.name'],
  ])('are refused with %s', (_, body, model, code, param) => {
    expect(refusal(body, model)).toEqual({ code, param });
  }); // prettier-ignore
});

describe('how much a model thinks at Bedrock', () => {
  const OPUS_46 = 'us.anthropic.claude-opus-4-6-v1';
  const OPUS_47 = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-7-v1';
  const budget = (tokens: number) => ({ thinking: { type: 'enabled', budget_tokens: tokens } });
  const adaptive = { thinking: { type: 'adaptive' } };
  const nova = (level: string) => ({ reasoningConfig: { type: 'enabled', maxReasoningEffort: level } });
  const forced = { tools: [tool('look')], tool_choice: 'required' };

  it.each<[string, string, Record<string, unknown>, unknown, string | undefined]>([
    ['none', HAIKU, {}, undefined, undefined],
    ['low', HAIKU, {}, budget(1024), undefined],
    ['high', HAIKU, {}, budget(16_000), undefined],
    ['high', HAIKU, { max_tokens: 3000 }, budget(1500), undefined],
    ['high', HAIKU, { max_tokens: 2000 }, undefined, undefined],
    ['high', HAIKU, forced, undefined, undefined],
    ['high', HAIKU, { messages: HISTORY }, undefined, undefined],
    ['high', 'anthropic.claude-3-5-sonnet-20241022-v2:0', {}, undefined, undefined],
    ['medium', 'anthropic.claude-3-7-sonnet-20250219-v1:0', {}, budget(4096), undefined],
    ['medium', 'anthropic.claude-v2:1', {}, undefined, undefined],
    ['minimal', OPUS_46, {}, adaptive, 'low'],
    ['xhigh', OPUS_46, {}, adaptive, 'high'],
    ['xhigh', OPUS_47, { messages: HISTORY }, adaptive, 'xhigh'],
    ['max', OPUS_47, forced, undefined, 'high'],
    ['none', OPUS_47, {}, { thinking: { type: 'disabled' } }, undefined],
    ['medium', 'us.amazon.nova-2-lite-v1:0', { max_tokens: 500 }, nova('medium'), undefined],
    ['max', 'us.amazon.nova-2-lite-v1:0', {}, nova('high'), undefined],
    ['high', 'us.amazon.nova-2-lite-v1:0', { max_tokens: 500 }, nova('medium'), undefined],
    ['none', 'us.amazon.nova-2-lite-v1:0', {}, { reasoningConfig: { type: 'disabled' } }, undefined],
    ['none', 'openai.gpt-oss-20b-1:0', {}, { reasoning_effort: 'low' }, undefined],
    ['high', NOVA, {}, undefined, undefined],
    ['high', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3', {}, undefined, undefined],
  ])('at %s with %s and %j', (effort, model, body, fields, outputEffort) => {
    const wire = rendered({ reasoning_effort: effort, ...body }, model);
    expect(wire.additionalModelRequestFields).toEqual(fields);
    expect(wire.outputConfig).toEqual(outputEffort && { effort: outputEffort });
    expect(wire.inferenceConfig?.maxTokens).toBe(body['max_tokens']);
  });

  it('is not guessed', () => {
    expect(refusal({ reasoning_effort: 'enormous' })).toEqual({ code: 'invalid_parameter', param: 'reasoning_effort' });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown> | undefined]>([
    [HAIKU, {}, { temperature: 0.3 }],
    [HAIKU, { temperature: undefined }, { topP: 0.8 }],
    [HAIKU, { temperature: 1.8 }, { temperature: 1 }],
    [HAIKU, { reasoning_effort: 'high' }, undefined],
    [HAIKU, { reasoning_effort: 'none' }, { temperature: 0.3 }],
    [OPUS_46, {}, { temperature: 0.3 }],
    [OPUS_47, {}, undefined],
    ['anthropic.claude-v2:1', {}, { temperature: 0.3 }],
    [NOVA, { temperature: 1.8 }, { temperature: 1, topP: 0.8 }],
    ['us.amazon.nova-2-lite-v1:0', { reasoning_effort: 'high' }, undefined],
    ['us.amazon.nova-2-lite-v1:0', { reasoning_effort: 'low' }, { temperature: 0.3, topP: 0.8 }],
  ])('leaves %s with %j the sampling it takes', (model, body, config) => {
    expect(rendered({ temperature: 0.3, top_p: 0.8, ...body }, model).inferenceConfig).toEqual(config);
  });

  it.each<[string, unknown, readonly string[]]>([
    [HAIKU, { thinking: { type: 'enabled', budget_tokens: 2000 }, anthropic_beta: ['x'] }, []],
    [OPUS_47, { thinking: { type: 'enabled', budget_tokens: 2000 }, anthropic_beta: ['x'] }, []],
    [NOVA, { inferenceConfig: { topK: 40 } }, ['thinking', 'anthropic_beta']],
    ['mistral.mistral-large-2407-v1:0', { top_k: 40 }, ['thinking', 'anthropic_beta']],
    ['meta.llama3-1-70b-instruct-v1:0', undefined, ['thinking', 'anthropic_beta', 'top_k']],
  ])('passes fields of its own on to %s, and no others', (model, fields, refused) => {
    const all = { top_k: 40, thinking: { type: 'enabled', budget_tokens: 2000 }, anthropic_beta: ['x'], mood: 'good' };
    const own = Object.fromEntries(Object.entries(all).filter(([field]) => !refused.includes(field)));
    expect(rendered(own, model).additionalModelRequestFields).toEqual(fields);
    for (const field of refused) {
      expect(refusal({ [field]: all[field as keyof typeof all] }, model)).toEqual({
        code: 'unsupported_parameter',
        param: field,
      });
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ['an effort', { reasoning_effort: 'low' }],
    ['a budget', { thinking: { type: 'enabled', budget_tokens: 2000 } }],
    ['a budget by its other name', { reasoning_config: { type: 'enabled', budget_tokens: 2000 } }],
  ])('leaves a Claude that thinks by %s its own sampling, top_k included', (_, asked) => {
    const wire = rendered({ temperature: 0.3, top_p: 0.8, top_k: 40, ...asked });
    expect(wire.inferenceConfig).toBeUndefined();
    expect(wire.additionalModelRequestFields).not.toHaveProperty('top_k');
  });

  it('takes the sampling of a Claude that is told not to think', () => {
    const asked = { temperature: 0.3, top_k: 40, thinking: { type: 'disabled' } };
    expect(rendered(asked)).toMatchObject({
      inferenceConfig: { temperature: 0.3 },
      additionalModelRequestFields: { top_k: 40, thinking: { type: 'disabled' } },
    });
    expect(
      rendered({ reasoning_effort: 'high', top_k: 40 }, 'us.amazon.nova-2-lite-v1:0').additionalModelRequestFields,
    ).toEqual(nova('high'));
  });

  it('gives Claude no budget where it would want the thoughts of a turn back', () => {
    const budgets = {
      thinking: { type: 'enabled', budget_tokens: 2000 },
      reasoning_config: { type: 'enabled', budget_tokens: 2000 },
    };
    const wire = rendered({ messages: HISTORY, temperature: 0.3, ...budgets });
    expect(wire.additionalModelRequestFields).toBeUndefined();
    expect(wire.inferenceConfig).toEqual({ temperature: 0.3 });
    expect(rendered({ messages: HISTORY, ...adaptive }, OPUS_46).additionalModelRequestFields).toEqual(adaptive);
    expect(
      rendered({ messages: [...HISTORY, assistant('Done.'), user('More?')], thinking: budgets.thinking }),
    ).toMatchObject({
      additionalModelRequestFields: { thinking: budgets.thinking },
    });
  });
});

describe('the rest of a request to Bedrock', () => {
  it.each(bedrock.quirks.request!.drop!.map((field) => [field]))('is the same without %s', (field) => {
    expect(rendered({ [field]: 'anything' })).toEqual(rendered({}));
  });

  it('has the limit of the caller before the one that a hold puts on it', () => {
    expect(rendered({}, HAIKU, { outputLimit: 90 }).inferenceConfig).toEqual({ maxTokens: 90 });
    expect(rendered({ max_tokens: 50 }, HAIKU, { outputLimit: 90 }).inferenceConfig).toEqual({ maxTokens: 50 });
    expect(rendered({ max_tokens: 50, max_completion_tokens: 60 }).inferenceConfig).toEqual({ maxTokens: 60 });
  });

  it('has the stops that the model takes', () => {
    expect(rendered({ stop: ['\n', 'END', ''] }).inferenceConfig).toEqual({ stopSequences: ['END'] });
    expect(rendered({ stop: ['\n', 'END', ''] }, NOVA).inferenceConfig).toEqual({ stopSequences: ['\n', 'END'] });
  });

  it('asks for JSON in words', () => {
    const [system] = rendered({ response_format: { type: 'json_object' } }).system;
    expect(system.text).toContain('{"type":"object"}');
    expect(rendered({ response_format: { type: 'text' } }).system).toBeUndefined();
    expect(refusal({ response_format: { type: 'grammar' } })).toEqual({
      code: 'unsupported_parameter',
      param: 'response_format',
    });
  });

  it('never names the customer', () => {
    const wire = rendered({ user: 'customer-17' }, HAIKU, { userHash: 'c0ffee' });
    expect(wire.requestMetadata).toEqual({ user: 'c0ffee' });
    expect(JSON.stringify(wire)).not.toContain('customer-17');
  });
});
