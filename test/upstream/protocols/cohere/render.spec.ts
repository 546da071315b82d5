import { RingsideError } from '../../../../src/domain/errors.js';
import { renderChat } from '../../../../src/upstream/protocols/cohere/render.js';
import { cohere } from '../../../../src/upstream/providers/cohere.js';
import { callOf } from '../../calling.js';

const MODEL = 'command-a-03-2025';
const USER = { role: 'user', content: 'Hi' };
const schemaOf = (...required: string[]) => ({ type: 'object', properties: { x: {} }, required });
const tool = (name: string, strict?: boolean, ...required: string[]) => ({ type: 'function', function: { name, parameters: schemaOf(...required), strict } }); // prettier-ignore
const wired = (name: string, ...required: string[]) => ({
  type: 'function',
  function: { name, parameters: schemaOf(...required) },
});

/** The request that a body becomes. */
function rendered(
  body: Record<string, unknown>,
  parts: { model?: string; outputLimit?: number; userHash?: string } = {},
  // oxlint-disable-next-line typescript/no-explicit-any
): any {
  return renderChat(
    callOf({ provider: 'cohere', model: MODEL, ...parts, body: { messages: [USER], ...body } }),
    cohere.quirks,
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

const text = (words: string) => ({ type: 'text', text: words });
const image = (url: string, detail?: string) => ({
  type: 'image_url',
  image_url: { url, ...(detail !== undefined && { detail }) },
});

describe('a conversation on Cohere’s wire', () => {
  it.each<[string, readonly unknown[], readonly unknown[]]>([
    ['developers are the system', [{ role: 'developer', content: [text('One.'), text('Two.')] }, USER], [{ role: 'system', content: 'One.\n\nTwo.' }, USER]],
    ['names and reasoning stay here', [{ ...USER, name: 'ada' }, { role: 'assistant', content: 'Yes?', reasoning_content: 'hm' }, USER], [USER, { role: 'assistant', content: 'Yes?' }, USER]],
    ['an assistant that says nothing is left out', [USER, { role: 'assistant', content: '' }, { role: 'assistant', content: null }], [USER]],
    ['a refusal is what was said', [USER, { role: 'assistant', content: null, refusal: 'No.' }, USER], [USER, { role: 'assistant', content: 'No.' }, USER]],
    ['texts go before images', [{ role: 'user', content: [image('https://x.example/1.png', 'high'), text('a'), image('data:image/png;base64,AA==', 'closely'), text('b')] }],
      [{ role: 'user', content: [text('a'), text('b'), image('https://x.example/1.png', 'high'), image('data:image/png;base64,AA==')] }]],
    ['calls go without text, results as text', [{ role: 'assistant', content: 'I look.', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: ' ' } }] }, { role: 'tool', tool_call_id: 'a', content: [text('4'), text('5')] }],
      [{ role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'a', content: '4\n\n5' }]],
  ])('%s', (_, messages, expected) => {
    expect(rendered({ messages }).messages).toEqual(expected);
  }); // prettier-ignore

  it.each<[string, Record<string, unknown>, string, string]>([
    ['audio', { messages: [{ role: 'user', content: [text('a'), { type: 'input_audio', input_audio: {} }] }] }, 'unsupported_parameter', 'messages[0].content[1]'],
    ['files', { messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] }, 'unsupported_parameter', 'messages[0].content[0]'],
    ['images from the assistant', { messages: [USER, { role: 'assistant', content: [image('https://x')] }] }, 'unsupported_parameter', 'messages[1].content[0]'],
    ['another role', { messages: [{ role: 'critic', content: 'Hm.' }] }, 'unsupported_parameter', 'messages[0].role'],
    ['custom tools', { tools: [{ type: 'custom', custom: { name: 'c' } }] }, 'unsupported_parameter', 'tools[0]'],
    ['several answers', { n: 3 }, 'unsupported_parameter', 'n'],
    ['too many texts to stop at', { stop: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'invalid_parameter', 'stop'],
    ['an effort that nobody knows', { reasoning_effort: 'toString' }, 'invalid_parameter', 'reasoning_effort'],
    ['a seed in words', { seed: 'x' }, 'invalid_parameter', 'seed'],
  ])('refuses %s', (_, body, code, param) => {
    expect(refusal(body)).toEqual({ code, param });
  }); // prettier-ignore
});

describe('how an answer is to be made, on Cohere’s wire', () => {
  const REASONING = { model: 'command-a-reasoning-08-2025' };

  it.each<[Record<string, unknown>, Record<string, unknown>, { model?: string; outputLimit?: number }]>([
    [{ max_tokens: 5, max_completion_tokens: 7 }, { max_tokens: 7 }, { outputLimit: 3 }],
    [{}, { max_tokens: 3 }, { outputLimit: 3 }],
    [{ temperature: 1.5, top_p: 1, top_k: 900 }, { temperature: 1, p: 0.99, k: 500 }, {}],
    [{ temperature: 0, top_p: 0 }, { temperature: 0, p: 0.01 }, {}],
    [{ temperature: null, top_p: null, seed: 0 }, { seed: 0 }, {}],
    [{ frequency_penalty: 2, presence_penalty: 0.5 }, { frequency_penalty: 1 }, {}],
    [{ frequency_penalty: -1, presence_penalty: 0.5 }, { presence_penalty: 0.5 }, {}],
    [{ frequency_penalty: 0, presence_penalty: -2 }, {}, {}],
    [{ logprobs: true, top_logprobs: 4 }, { logprobs: true }, {}],
    [{ logprobs: false }, {}, {}],
    [{ stop: 'END' }, { stop_sequences: ['END'] }, {}],
    [{ stream: true, stream_options: { include_usage: true } }, { stream: true }, {}],
    [{ reasoning_effort: 'high' }, {}, {}],
    [{ reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }, REASONING],
    [{ reasoning_effort: 'low' }, { thinking: { type: 'enabled', token_budget: 1024 } }, REASONING],
    [{ reasoning_effort: 'medium' }, { thinking: { type: 'enabled', token_budget: 4096 } }, REASONING],
    [{ reasoning_effort: 'max' }, { thinking: { type: 'enabled' } }, REASONING],
    [{ reasoning_effort: null }, {}, REASONING],
    [{ response_format: { type: 'text' } }, {}, {}],
    [{ response_format: { type: 'json_object' } }, { response_format: { type: 'json_object' } }, {}],
  ])('%j goes out as %j', (body, wire, parts) => {
    expect(rendered(body, parts)).toEqual({ model: parts.model ?? MODEL, messages: [USER], ...wire });
  });

  it('asks in words for JSON beside tools', () => {
    const request = rendered({ tools: [tool('f')], response_format: { type: 'json_object' } });
    expect(request).not.toHaveProperty('response_format');
    expect(request.messages).toEqual([
      { role: 'system', content: expect.stringMatching(/JSON[^]*\{"type":"object"\}$/) },
      USER,
    ]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['none', { tool_choice: 'none' }, { tools: [wired('f'), wired('g')], tool_choice: 'NONE' }],
    ['auto', { tool_choice: 'auto' }, { tools: [wired('f'), wired('g')] }],
    ['required', { tool_choice: 'required' }, { tools: [wired('f'), wired('g')], tool_choice: 'REQUIRED' }],
    ['a name', { tool_choice: { type: 'function', function: { name: 'g' } } }, { tools: [wired('g')], tool_choice: 'REQUIRED' }],
    ['strict ones', { tools: [tool('f', true, 'x'), tool('g', true, 'x')] }, { tools: [wired('f', 'x'), wired('g', 'x')], strict_tools: true }],
    ['one that is not strict', { tools: [tool('f', true, 'x'), tool('g', false, 'x')] }, { tools: [wired('f', 'x'), wired('g', 'x')] }],
    ['one that needs nothing', { tools: [tool('f', true, 'x'), tool('g', true)] }, { tools: [wired('f', 'x'), wired('g')] }],
  ])('tools: %s', (_, body, wire) => {
    expect(rendered({ tools: [tool('f'), tool('g')], parallel_tool_calls: false, ...body })).toEqual({ model: MODEL, messages: [USER], ...wire });
  }); // prettier-ignore

  it('sends nothing else: no field that it does not know, and no name of a person', () => {
    const hints = Object.fromEntries(cohere.quirks.request!.drop!.map((field) => [field, 1]));
    expect(rendered({ ...hints, user: 'ada', foo: 'bar', n: 1, modalities: ['text'] }, { userHash: 'h1' })).toEqual({ model: MODEL, messages: [USER] });
  }); // prettier-ignore
});
