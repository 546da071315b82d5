import fc from 'fast-check';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import type { CallContent, ChatBody } from '../../../src/domain/call/call.js';
import { promptText } from '../../../src/domain/call/prompt-text.js';
import type { Target } from '../../../src/domain/call/target.js';
import { TokenCounter } from '../../../src/meter/token-counter.js';
import { boundOf as boundOfCall, exactInputTokens, withInput } from '../../../src/policy/bounds/call-bound.js';
import { RenderedSizes } from '../../../src/upstream/calls/rendered-sizes.js';
import { echoOf } from '../../../src/upstream/sandbox/echo.js';
import { chatBodies, stringsIn } from '../chat-bodies.js';
import { upstreamRoom } from '../../upstream/calling.js';

const requestSizes = new RenderedSizes();
const room = upstreamRoom({ OPENAI_API_KEY: 'sk-1', OPENROUTER_API_KEY: 'k-1' });
const targetOf = (model: string, provider = 'openai'): Target => room.locate({ kind: 'direct', provider, model });
const mini = targetOf('gpt-4o-mini');
const echo = targetOf('echo', 'sandbox');
const llama = targetOf('llama3.2', 'ollama');

const hi = { role: 'user', content: 'Say hi' };
const bodyOf = (parts: Record<string, unknown> = {}): ChatBody => ({
  model: 'fc:openai/gpt-4o-mini',
  messages: [hi],
  ...parts,
});
const saying = (content: unknown, more: Record<string, unknown> = {}) =>
  bodyOf({ messages: [{ role: 'user', content, ...more }] });
const asking = (body: ChatBody): CallContent => ({ endpoint: 'chat.completions', body });
const boundOf = (body: ChatBody, target: Target) => boundOfCall(asking(body), target, requestSizes);
const inputOf = (body: ChatBody, target = mini) => boundOf(body, target).inputTokens;
const image = (detail?: unknown, url = 'https://example.com/cat.png') => ({
  type: 'image_url',
  image_url: { url, detail },
});
const tool = (description: string, properties = {}) => ({
  type: 'function',
  function: { name: 'get_weather', description, parameters: { type: 'object', properties } },
});

const refused = (param: string, words: string, code = 'model_unpriced') =>
  expect.objectContaining({ status: 400, code, param, message: expect.stringContaining(words) });

describe('the bound of a call', () => {
  const counter = new TokenCounter();
  afterAll(() => counter.onApplicationShutdown());
  const exactly = (body: ChatBody, target = mini) => exactInputTokens(asking(body), target, requestSizes, counter);

  it('is tight for a plain question: bytes, or tokens and a few more', async () => {
    const body = saying('What is the capital of France?');
    expect(inputOf(body)).toBe('role'.length + 'user'.length + 'content'.length + 30 + 4 + 16);
    expect(await exactly(body)).toBe(3 + 7 + 4 + 16);
  });

  it('counts a schema twice where it goes out in two ways', () => {
    const format = (description: string) => bodyOf({ response_format: { type: 'json_schema', json_schema: { name: 's', schema: { description } } } });
    const longer = (target: Target) => inputOf(format('x'.repeat(1_100)), target) - inputOf(format('x'.repeat(100)), target);
    expect([longer(targetOf('some/model', 'openrouter')), longer(llama)]).toEqual([2_000, 1_000]);
  }); // prettier-ignore

  it.each<[string, Record<string, unknown>, Target, Record<string, unknown>]>([
    ['nothing', {}, mini, { choices: 1, askedOutputTokens: undefined, maxOutputTokens: 16_384 }],
    ['null', { n: null, max_tokens: null }, mini, { choices: 1, askedOutputTokens: undefined }],
    ['max_tokens', { max_tokens: 5, n: 3 }, mini, { choices: 3, askedOutputTokens: 5 }],
    ['both, of which the newer counts', { max_tokens: 5, max_completion_tokens: 7 }, mini, { askedOutputTokens: 7 }],
    ['more than the model can', { max_tokens: 90_000 }, mini, { askedOutputTokens: 16_384 }],
    [
      'much of a model nobody knows',
      { max_tokens: 90_000 },
      llama,
      { askedOutputTokens: 90_000, maxOutputTokens: undefined },
    ],
  ])('limits the output when asked for %s', (_, parts, target, expected) => {
    expect(boundOf(bodyOf(parts), target)).toMatchObject(expected);
  });

  it.each(['n', 'max_tokens', 'max_completion_tokens'])('takes only positive whole numbers for %s', (field) => {
    for (const value of [0, -1, 1.5, NaN, Infinity, 2 ** 53, '5', true, [], {}]) {
      expect(() => boundOf(bodyOf({ [field]: value }), mini)).toThrow(
        refused(field, 'positive whole number', 'invalid_parameter'),
      );
    }
    expect(() => boundOf(bodyOf({ max_tokens: 0, max_completion_tokens: 5 }), mini)).toThrow(
      expect.objectContaining({ param: 'max_tokens' }),
    );
  });

  it.each<[string, Record<string, unknown>, Target, string, string]>([
    ['the flex tier', { service_tier: 'flex' }, mini, 'service_tier', 'default tier'],
    ['the priority tier', { service_tier: 'priority' }, mini, 'service_tier', 'default tier'],
    ['spoken answers', { modalities: ['text', 'audio'] }, mini, 'modalities', 'only text'],
    ['a voice', { audio: { voice: 'alloy' } }, mini, 'audio', 'audio'],
    [
      'a prediction',
      { prediction: { type: 'content', content: 'x' } },
      mini,
      'prediction',
      'rejected prediction tokens',
    ],
    ['web searches', { web_search_options: {} }, mini, 'web_search_options', 'searched'],
    ['searches of xAI', { search_parameters: { mode: 'on' } }, mini, 'search_parameters', 'searched'],
    ['data sources of Azure', { data_sources: [{ type: 'azure_search' }] }, mini, 'data_sources', 'read'],
    ['plugins of OpenRouter', { plugins: [{ id: 'web' }] }, mini, 'plugins', 'in addition to tokens'],
    ['other models of OpenRouter', { models: ['openai/gpt-5'] }, mini, 'models', 'a model other than'],
    [
      'a model that always searches',
      {},
      targetOf('gpt-4o-search-preview'),
      'model',
      'openai/gpt-4o-search-preview bills web searches',
    ],
    [
      'a tool that bills on its own',
      { tools: [tool('a'), { type: 'web_search' }] },
      mini,
      'tools[1]',
      'a tool of type "web_search"',
    ],
  ])(
    'R3 a budgeted customer cannot call a model whose cost cannot be bounded (bound): %s',
    (_, parts, target, param, words) => {
      expect(() => boundOf(bodyOf(parts), target)).toThrow(refused(param, words));
    },
  );

  it.each<[string, unknown, Target, string, string]>([
    ['audio in', { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }, mini, '', 'input_audio'],
    ['a file', { type: 'file', file: { file_id: 'file-1' } }, mini, '', 'file'],
    ['a part nobody knows', { type: 'video_url', video_url: { url: 'https://example.com' } }, mini, '', 'video_url'],
    ['a part without a type', { text: 'x' }, mini, '', 'undefined'],
    ['an image without a formula', image('low'), targetOf('gpt-5.4'), '', 'an image for this model'],
    ['an image to a model of one’s own', image('low'), llama, '', 'an image for this model'],
    ['an image at a detail nobody knows', image('original'), mini, '.image_url.detail', '"original"'],
  ])(
    'R3 a budgeted customer cannot call a model whose cost cannot be bounded (bound): %s among what is said',
    (_, part, target, at, words) => {
      const messages = [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: [{ type: 'text', text: 'Look' }, part] },
      ];
      expect(() => boundOf(bodyOf({ messages }), target)).toThrow(refused(`messages[1].content[1]${at}`, words));
    },
  );

  it('R3 a budgeted customer cannot call a model whose cost cannot be bounded (bound): an earlier spoken answer, named by its id', () => {
    const messages = [hi, { role: 'assistant', audio: { id: 'audio_1' } }, hi];
    expect(() => boundOf(bodyOf({ messages }), mini)).toThrow(refused('messages[1].audio', 'audio'));
    expect(() =>
      boundOf(bodyOf({ messages: [hi, { role: 'assistant', content: 'Hi', audio: null }, hi] }), mini),
    ).not.toThrow();
  });

  it.each<Record<string, unknown>>([
    { service_tier: 'auto' },
    { service_tier: 'default' },
    { service_tier: null, modalities: null, audio: null, prediction: null, web_search_options: null },
    { modalities: ['text'] },
    {
      tools: [
        {
          type: 'custom',
          custom: { name: 'sql', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } } },
        },
      ],
    },
    { tools: null, functions: [], response_format: { type: 'json_object' }, reasoning_effort: 'high' },
  ])('takes what only text and tokens are billed for: %j', (parts) => {
    expect(() => boundOf(bodyOf(parts), mini)).not.toThrow();
  });

  describe('of an image', () => {
    it('is the model’s formula, however long the URL', async () => {
      const [short, long] = [
        saying([image('high')]),
        saying([image('high', `data:image/png;base64,${'A'.repeat(100_000)}`)]),
      ];
      expect(inputOf(short)).toBe(inputOf(long));
      expect(inputOf(saying([image('high')])) - inputOf(saying([image('low')]))).toBe(8 * 5_667);
      expect(inputOf(saying([image()]))).toBe(inputOf(saying([image('auto')])));
      expect(inputOf(saying([image(null)]))).toBe(inputOf(saying([image('high')])));
      expect(await exactly(long)).toBeGreaterThanOrEqual(48_169);
      expect(inputOf(saying([{ type: 'image_url', image_url: 'data:,' }]))).toBeGreaterThan(48_169);
    });

    it('is nothing where images cost nothing', () => {
      expect(inputOf(saying([image('high')]), echo)).toBeLessThan(100);
    });
  });

  it.each<[string, (text: string) => Record<string, unknown>]>([
    ['the text', (text) => ({ messages: [{ role: 'user', content: text }] })],
    ['a part of the text', (text) => ({ messages: [{ role: 'user', content: [{ type: 'text', text }] }] })],
    ['a refusal', (text) => ({ messages: [{ role: 'assistant', content: [{ type: 'refusal', refusal: text }] }, hi] })],
    ['a refusal beside the content', (text) => ({ messages: [{ role: 'assistant', content: null, refusal: text }, hi] })],
    ['a name', (text) => ({ messages: [{ ...hi, name: text }] })],
    ['a tool call', (text) => ({ messages: [{ role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: text } }] }] })],
    ['a call’s name', (text) => ({ messages: [{ role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: text, arguments: '{}' } }] }] })],
    ['a legacy call', (text) => ({ messages: [{ role: 'assistant', function_call: { name: 'f', arguments: text } }] })],
    ['a tool’s answer', (text) => ({ messages: [{ role: 'tool', tool_call_id: 'c', content: text }] })],
    ['a message field nobody knows', (text) => ({ messages: [{ ...hi, something_new: { deep: [[text]] } }] })],
    ['a tool’s description', (text) => ({ tools: [tool(text)] })],
    ['a property', (text) => ({ tools: [tool('a', { [text]: { type: 'string' } })] })],
    ['an enum', (text) => ({ tools: [tool('a', { city: { enum: [text] } })] })],
    ['a grammar', (text) => ({ tools: [{ type: 'custom', custom: { name: 'g', format: { grammar: { definition: text } } } }] })],
    ['a legacy function', (text) => ({ functions: [{ name: 'f', description: text }] })],
    ['a schema', (text) => ({ response_format: { type: 'json_schema', json_schema: { name: 's', schema: { description: text } } } })],
    ['a tool choice', (text) => ({ tool_choice: { type: 'function', function: { name: text } } })],
  ])('counts %s', async (_, parts) => {
    const [none, much] = [bodyOf(parts('')), bodyOf(parts('wörter '.repeat(100)))];
    expect(inputOf(much) - inputOf(none)).toBeGreaterThanOrEqual(800);
    const more = (await exactly(much)) - (await exactly(none));
    expect(more).toBeGreaterThanOrEqual(countO200k('wörter '.repeat(100)));
    expect(more).toBeLessThan(800);
  }); // prettier-ignore

  it('S1 refuses a field nobody knows: nobody can say what it does to the price', () => {
    for (const value of ['x', {}, [], 1, true, { deep: { deeper: 'x' } }]) {
      expect(() => boundOf(bodyOf({ something_new: value }), mini)).toThrow(
        refused('something_new', 'its effect on the price is not known'),
      );
    }
    expect(inputOf(bodyOf({ something_new: null }))).toBe(inputOf(bodyOf()));
  });

  it('does not count what no model reads', () => {
    const words = 'word '.repeat(1000);
    const unread = {
      metadata: { a: words },
      user: words,
      prompt_cache_key: words,
      logit_bias: { '1': 5 },
      stop: [words],
      safety_identifier: words,
    };
    expect(inputOf(bodyOf(unread))).toBe(inputOf(bodyOf()));
    expect(inputOf(saying('Hi', { reasoning_content: words }))).toBe(inputOf(saying('Hi')));
  });

  it('counts a tool’s name again in each of its answers', () => {
    const call: Record<string, unknown> = {
      role: 'assistant',
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'n'.repeat(64), arguments: '{}' } }],
    };
    const answer = { role: 'tool', tool_call_id: 'c', content: '' };
    const added = inputOf(bodyOf({ messages: [call, answer] })) - inputOf(bodyOf({ messages: [call] }));
    expect(added).toBeGreaterThanOrEqual(64);
  });

  it('takes any depth of nesting', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(inputOf(bodyOf({ messages: [{ ...hi, deep }], tools: [deep] }))).toBeGreaterThan(100_000);
  });

  it('is never below any tokenizer’s count of every string, nor below our own estimate', async () => {
    await fc.assert(
      fc.asyncProperty(chatBodies, async (body) => {
        const strings = stringsIn([body.messages, body['tools'] ?? [], body['response_format'] ?? []]);
        const rendered = JSON.stringify(body['tools'] ?? []) + JSON.stringify(body['response_format'] ?? {});
        const framing = 4 * body.messages.length + 3;
        for (const [model, count] of [['gpt-4o-mini', countO200k], ['gpt-4', countCl100k]] as const) {
          const target = targetOf(model);
          const [bytes, counted] = [inputOf(body, target), await exactly(body, target)];
          for (const bound of [bytes, counted]) {
            expect(bound).toBeGreaterThanOrEqual(count(strings.join(''), AS_TEXT) + framing);
            expect(bound).toBeGreaterThanOrEqual(strings.reduce((sum, text) => sum + count(text, AS_TEXT), framing));
            expect(bound).toBeGreaterThanOrEqual(count(rendered, AS_TEXT));
          }
          expect(withInput(boundOf(body, target), counted).inputTokens).toBe(Math.min(bytes, counted));
        }
        const { text, otherTokens } = promptText(asking(body));
        const estimate = (await counter.count(text, 'acct'))! + otherTokens;
        expect(inputOf(body)).toBeGreaterThanOrEqual(estimate);
        expect(await exactly(body)).toBeGreaterThanOrEqual(estimate);
      }),
      { numRuns: 60 },
    );
  }, 60_000); // prettier-ignore

  it('is never below what the sandbox counts', () => {
    fc.assert(
      fc.property(
        chatBodies,
        fc.option(fc.integer({ min: 1, max: 50 })),
        fc.option(fc.integer({ min: 1, max: 3 })),
        (body, limit, n) => {
          const request = { ...body, max_tokens: limit, n };
          const { inputTokens, choices, askedOutputTokens, maxOutputTokens } = boundOf(request, echo);
          const { promptTokens, completionTokens } = echoOf(request);
          expect(promptTokens).toBeLessThanOrEqual(inputTokens);
          expect(completionTokens).toBeLessThanOrEqual(choices * (askedOutputTokens ?? maxOutputTokens!));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('falls back to bytes where no encoding is known', async () => {
    expect(await exactly(bodyOf(), echo)).toBe(inputOf(bodyOf(), echo));
  });

  describe('in a model’s context', () => {
    const long = saying('word '.repeat(3_000));

    it('is crowded when the longest answer may not fit beside the prompt', () => {
      expect(boundOf(bodyOf(), mini).isCrowded).toBe(false);
      expect(boundOf(bodyOf(), targetOf('gpt-4')).isCrowded).toBe(true);
      expect(boundOf(bodyOf({ max_tokens: 100 }), targetOf('gpt-4')).isCrowded).toBe(false);
      expect(boundOf(long, llama).isCrowded).toBe(false);
    });

    it('leaves the answer what the counted prompt leaves', async () => {
      const gpt4 = targetOf('gpt-4');
      const counted = await exactly(long, gpt4);
      expect(counted).toBeLessThan(3_200);
      expect(withInput(boundOf(long, gpt4), counted)).toMatchObject({
        inputTokens: counted,
        maxOutputTokens: 8_192 - counted,
        isCrowded: false,
      });
      expect(withInput(boundOf(long, mini), await exactly(long))).toMatchObject({ maxOutputTokens: 16_384 });
      expect(withInput(boundOf(long, gpt4), 9_000)).toMatchObject({ maxOutputTokens: 1 });
      expect(withInput(boundOf(long, llama), 3_000)).toMatchObject({ inputTokens: 3_000, maxOutputTokens: undefined });
    });
  });
});

const AS_TEXT = { disallowedSpecial: new Set<string>() };
