import { PROTOCOLS } from '../../src/upstream/protocols/index.js';
import { parseAnswer } from '../../src/upstream/protocols/openai/parse-answer.js';
import { WrittenNumber } from '../../src/domain/json/written-number.js';
import { azure } from '../../src/upstream/providers/azure.js';
import { findProvider, PROVIDERS } from '../../src/upstream/providers/index.js';
import { callOf } from './calling.js';

type Fields = Record<string, unknown>;

const messages = [{ role: 'user', content: 'Hi' }];
const CALLABLE = PROVIDERS.filter(({ reach }) => reach !== 'in-process').map(({ id }) => id);
const MODELS: ReadonlyMap<string, string> = new Map([
  ['anthropic', 'claude-sonnet-4-5'],
  ['google', 'gemini-2.5-flash'],
  ['bedrock', 'us.anthropic.claude-sonnet-4-5-v1:0'],
]);

function sent(provider: string, body: Fields, model = MODELS.get(provider) ?? 'some/model'): Fields {
  const { protocol, quirks } = findProvider(provider)!;
  const request = PROTOCOLS[protocol].renderChat(
    callOf({ provider, model, body: { messages, max_tokens: 100, ...body } }),
    quirks,
  );
  return JSON.parse(JSON.stringify(request)) as Fields;
}

describe('functions, which tools have replaced', () => {
  const f = { name: 'f', description: 'Finds', parameters: { type: 'object' } };
  const history = [
    ...messages,
    { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
    { role: 'function', name: 'f', content: 'yes' },
  ];
  const others = CALLABLE.filter((id) => id !== 'openai' && id !== 'azure');

  it.each(['openai', 'azure'])('B21 go out to %s as they are', (provider) => {
    const body = { functions: [f], function_call: { name: 'f' }, messages: history };
    expect(sent(provider, body)).toMatchObject(body);
  });

  it.each(others)('B21 are refused by name at %s', (provider) => {
    const refused = (body: Fields, param: string) =>
      expect(() => sent(provider, body)).toThrow(expect.objectContaining({ code: 'unsupported_parameter', param }));
    refused({ functions: [f] }, 'functions');
    expect(() => sent(provider, { messages: history })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter' }),
    );
    expect(() => sent(provider, { functions: [], function_call: null })).not.toThrow();
  });

  it('B21 are called at Azure in the words of the answer', () => {
    const message = { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":1}' } };
    const answer = parseAnswer({ choices: [{ index: 0, message, finish_reason: 'function_call' }] }, azure);
    expect(answer).toMatchObject({
      choices: [{ finish: 'tool_calls', toolCalls: [{ name: 'f', arguments: '{"a":1}' }] }],
    });
  });
});

describe('a mark that a part of the prompt be kept', () => {
  const mark = { cache_control: { type: 'ephemeral' } };
  const body = (more: Fields) => ({
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be brief', ...more }] },
      { role: 'user', content: 'Hi', ...more },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'yes', ...more }] },
      { role: 'user', content: [{ type: 'text', text: 'And now?', ...more }] },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } }, ...more }],
  });
  const plainTools = CALLABLE.filter((id) => !['perplexity', 'replicate'].includes(id));
  const READ = new Set(['openai', 'openrouter', 'anthropic', 'bedrock']);

  it.each(plainTools.filter((id) => READ.has(id)))('B21 goes out to %s, which reads it', (provider) => {
    const marks = /cache_control|cachePoint/;
    expect(JSON.stringify(sent(provider, body(mark)))).toMatch(marks);
    expect(JSON.stringify(sent(provider, body({})))).not.toMatch(marks);
  });

  it.each(plainTools.filter((id) => !READ.has(id)))('B21 is left out for %s, and nothing else', (provider) => {
    expect(sent(provider, body(mark))).toEqual(sent(provider, body({})));
  });

  it('B21 is looked for in parts alone that are objects', () => {
    const odd = (mark: Fields) => ({
      messages: [{ role: 'user', content: [null, 'x', [mark], { type: 'text', text: 'Hi', ...mark }] }],
    });
    expect(sent('fireworks', odd(mark))['messages']).toEqual([
      { role: 'user', content: [null, 'x', [mark], { type: 'text', text: 'Hi' }] },
    ]);
  });

  it('B21 is a field of a tool’s schema where it stands there', () => {
    const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: mark } } };
    expect(sent('mistral', { tools: [tool] })).toMatchObject({ tools: [tool] });
  });
});

describe('a temperature', () => {
  it.each([
    [0, 0],
    [1.5, 1.5],
    [1.6, 1.5],
    [2, 1.5],
    [new WrittenNumber('1e400'), 1.5],
    ['hot', 'hot'],
    [null, undefined],
  ])('B21 of %s goes to Cerebras as %s, which takes up to 1.5', (temperature, goesOut) => {
    expect(sent('cerebras', { temperature })['temperature']).toEqual(goesOut);
    expect(sent('groq', { temperature: 2 })['temperature']).toBe(2);
  });
});

describe('a stop text', () => {
  it.each(['grok-4', 'grok-4-fast-reasoning', 'grok-3-mini', 'grok-9'])(
    'B21 is refused by name for %s, which takes none',
    (model) => {
      expect(() => sent('xai', { stop: ['x'] }, model)).toThrow(
        expect.objectContaining({ code: 'unsupported_parameter', param: 'stop' }),
      );
      expect(() => sent('xai', { stop: 'x' }, model)).toThrow(expect.objectContaining({ param: 'stop' }));
      for (const idle of [null, [], undefined])
        expect(sent('xai', { stop: idle }, model)).not.toHaveProperty('stop', ['x']);
    },
  );

  it.each(['grok-2-1212', 'grok-3', 'grok-4-fast-non-reasoning'])(
    'B21 goes out to %s, which does not reason',
    (model) => {
      expect(sent('xai', { stop: ['x'] }, model)['stop']).toEqual(['x']);
    },
  );
});
