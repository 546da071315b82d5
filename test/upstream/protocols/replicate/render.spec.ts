import type { RingsideError } from '../../../../src/domain/errors.js';
import { renderChat } from '../../../../src/upstream/protocols/replicate/render.js';
import { replicate as provider } from '../../../../src/upstream/providers/replicate.js';
import { callOf, refusalOf } from '../../calling.js';

const LLAMA = 'meta/meta-llama-3-8b-instruct';
const VERSION = '5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa';

function sent(
  body: Record<string, unknown>,
  model = LLAMA,
  parts: { outputLimit?: number; userHash?: string } = {},
  // oxlint-disable-next-line typescript/no-explicit-any
): any {
  return JSON.parse(
    JSON.stringify(renderChat(callOf({ provider: 'replicate', model, body, ...parts }), provider.quirks)),
  );
}

const refused = (body: Record<string, unknown>, model?: string): Promise<RingsideError> =>
  refusalOf(Promise.resolve().then(() => sent(body, model)));
const pathOf = (model: string) => (provider.chatPath as (model: string) => string)(model);
const user = (content: unknown) => ({ role: 'user', content });
const image = (url: string) => ({ type: 'image_url', image_url: { url } });

describe('where a model at Replicate is called', () => {
  it.each([
    [LLAMA, `/v1/models/${LLAMA}/predictions`, undefined],
    ['deployments/acme/my-llama', '/v1/deployments/acme/my-llama/predictions', undefined],
    [`yorickvp/llava-13b:${VERSION}`, '/v1/predictions', VERSION],
  ])('%s', (model, path, version) => {
    expect(pathOf(model)).toBe(path);
    expect(sent({}, model)).toEqual({ input: { prompt: 'Say hi' }, ...(version && { version }) });
  });

  it.each([
    'llama',
    'a/b/c',
    '../predictions',
    'a/..',
    'a/b:latest',
    `a/b:${VERSION}0`,
    'deployments/a',
    'deployments/a/../b',
    'a/b?x=y',
    '',
  ])('nowhere, with a name that is none: %j', async (model) => {
    if (model === 'deployments/a') return expect(pathOf(model)).toBe('/v1/models/deployments/a/predictions');
    expect(() => pathOf(model)).toThrow('replicate: a model must be <owner>/<name>');
    return expect(await refused({}, model)).toMatchObject({ code: 'invalid_model_ref', param: 'model' });
  });
});

describe('a conversation for Replicate', () => {
  it.each<[string, object[], object]>([
    ['one question', [user('a?')], { prompt: 'a?' }],
    ['one question in parts', [user([{ type: 'text', text: 'a' }, { type: 'text', text: '' }, { type: 'text', text: 'b' }])], { prompt: 'a\nb' }],
    ['instructions', [{ role: 'system', content: 'i' }, user('a'), { role: 'developer', content: 'j' }], { prompt: 'a', system_prompt: 'i\n\nj' }],
    ['nothing but instructions', [{ role: 'system', content: 'i' }], { prompt: 'i' }],
    ['several turns', [user('a'), { role: 'assistant', content: 'b' }, user('c')], { prompt: 'User: a\nAssistant: b\nUser: c\nAssistant:' }],
    ['empty turns', [user('a'), { role: 'assistant', content: null }, user('')], { prompt: 'a' }],
    ['an assistant alone', [{ role: 'assistant', content: 'b' }], { prompt: 'Assistant: b\nAssistant:' }],
    ['what was refused', [user('a'), { role: 'assistant', content: null, refusal: 'no' }, user('c')], { prompt: 'User: a\nAssistant: no\nUser: c\nAssistant:' }],
    ['an image alone', [user([image('https://x.example/a')])], { prompt: '', image: 'https://x.example/a' }],
  ])('is a prompt: %s', (_, messages, input) => {
    expect(sent({ messages })).toEqual({ input });
  }); // prettier-ignore

  it.each<[string, string, object[]]>([
    ['invalid_parameter', 'messages', [user('')]],
    ['unsupported_parameter', 'messages[1].role', [user('a'), { role: 'tool', tool_call_id: 'c', content: 'x' }]],
    ['unsupported_parameter', 'messages[0].tool_calls', [{ role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] }]],
    ['unsupported_parameter', 'messages[0].content[1].image_url', [user([image('https://x.example/a'), image('https://x.example/b')])]],
    ['unsupported_parameter', 'messages[0].content[0]', [user([{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }])]],
    ['unsupported_parameter', 'messages[0].content[0]', [{ role: 'system', content: [image('https://x.example/a')] }]],
  ])('is refused with %s on %s', async (code, param, messages) => {
    expect(await refused({ messages })).toMatchObject({ code, param });
  }); // prettier-ignore
});

describe('the input of a prediction', () => {
  it.each([
    [LLAMA, 'max_tokens'],
    ['meta/llama-2-13b-chat', 'max_new_tokens'],
    ['openai/gpt-4.1-nano', 'max_completion_tokens'],
    ['deployments/openai/x', 'max_tokens'],
  ])('calls the limit of %s %s', (model, field) => {
    for (const limit of ['max_tokens', 'max_completion_tokens'])
      expect(sent({ [limit]: 9 }, model).input).toMatchObject({ [field]: 9 });
    expect(sent({}, model, { outputLimit: 7 }).input).toEqual({ prompt: 'Say hi', [field]: 7 });
  });

  it('shows several images to models that see them', () => {
    const messages = [user([image('https://x.example/a'), image('data:image/png;base64,AAAA')])];
    expect(sent({ messages }, 'openai/gpt-4.1').input.image_input).toEqual([
      'https://x.example/a',
      'data:image/png;base64,AAAA',
    ]);
  });

  it('holds what the caller asked for, and nothing else', () => {
    const body = {
      temperature: 0.5,
      top_k: 3,
      stop: ['a', 'b'],
      user: 'ada',
      metadata: { a: 'b' },
      tools: [],
      n: 1,
      something_new: 1,
    };
    expect(sent(body, LLAMA, { userHash: '5f2c' })).toEqual({
      input: { prompt: 'Say hi', temperature: 0.5, top_k: 3, stop_sequences: 'a,b' },
    });
    expect(sent({ stream: true })).toEqual({ input: { prompt: 'Say hi' }, stream: true });
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['unsupported_parameter', 'tools', { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'none' }],
    ['unsupported_parameter', 'n', { n: 3 }],
    ['unsupported_parameter', 'logprobs', { logprobs: true }],
    ['unsupported_parameter', 'response_format', { response_format: { type: 'json_object' } }],
    ['unsupported_parameter', 'stop', { stop: 'a,b' }],
    [
      'invalid_parameter',
      'response_format.json_schema.schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'a' } } },
    ],
    ['invalid_parameter', 'seed', { seed: '7' }],
  ])('is refused with %s on %s', async (code, param, body) => {
    expect(await refused(body)).toMatchObject({ code, param });
  });
});
