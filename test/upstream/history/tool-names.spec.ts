import fc from 'fast-check';
import { wireNamesOf } from '../../../src/upstream/protocols/request/tool-names.js';
import type { Provider } from '../../../src/upstream/provider.js';
import { PROVIDERS } from '../../../src/upstream/providers/index.js';
import { ModelRuns } from '../../models/model-runs.js';
import { toldByChunks, toldByCompletion } from '../../support/openai-shape.js';
import { asking } from '../asking.js';
import type { SpokenAnswer } from '../dialects/dialect.js';
import { DIALECTS } from '../dialects/index.js';

const runs = new ModelRuns('tool-names');
const { sent, outcome } = asking();

const RULED = PROVIDERS.filter(({ quirks }) => quirks.request?.toolNames);
const T = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: { a: { type: 'string' } } } },
});
const named = (name: string) => ({ type: 'function', function: { name } });
const user = (content: string) => ({ role: 'user', content });
const calling = (id: string, name: string) => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: '{}' } }],
});
const result = (id: string, name?: string) => ({
  role: 'tool',
  tool_call_id: id,
  content: 'done',
  ...(name !== undefined && { name }),
});

/** Legal at OpenAI and not everywhere, not even there, and names that others of these would become. */
const ODD = [
  '1c_reload',
  '_1c_reload',
  '-dash',
  'with-dash',
  'with_dash',
  'a.b',
  'a_b',
  'a:b',
  'größe',
  'x'.repeat(64),
  'y'.repeat(200),
];

const modelOf = ({ protocol }: Provider) => DIALECTS[protocol].model;
const answerOf = (...names: string[]): SpokenAnswer => ({
  parts: names.map((name, no) => ({ kind: 'call', id: `call_0000000${no}`, name, pieces: ['{"a":', '"b"}'] })),
  finish: 'stop',
  promptTokens: 5,
  cachedTokens: 0,
  completionTokens: 5,
});

afterAll(() => runs.print());

describe('names of tools that a provider does not take', () => {
  it('B2 a tool whose name begins with a digit goes to Gemini under another, and comes back under its own', async () => {
    const body = {
      tools: [T('1c_reload')],
      tool_choice: named('1c_reload'),
      messages: [user('Reload.'), calling('c1', '1c_reload'), result('c1'), user('Again.')],
    };
    const request = await sent('google/gemini-2.5-flash', body);
    expect(request.tools[0].functionDeclarations[0].name).toBe('_1c_reload');
    expect(request.toolConfig.functionCallingConfig).toEqual({ mode: 'ANY', allowedFunctionNames: ['_1c_reload'] });
    expect(request.contents[1].parts[0].functionCall.name).toBe('_1c_reload');
    expect(request.contents[2].parts[0].functionResponse.name).toBe('_1c_reload');
    const whole = await outcome('google/gemini-2.5-flash', body, answerOf('_1c_reload'));
    expect(toldByCompletion(whole.bytes).toolCalls.map(({ name }) => name)).toEqual(['1c_reload']);
    const stream = await outcome('google/gemini-2.5-flash', { ...body, stream: true }, answerOf('_1c_reload'));
    expect(toldByChunks(stream.bytes).toolCalls.map(({ name }) => name)).toEqual(['1c_reload']);
  });

  it.each(RULED.map((provider) => [provider.id, provider] as const))(
    'B2 at %s every name goes out legal, no two as one, and comes back as it was, whole and streamed',
    async (id, provider) => {
      const body = {
        tools: ODD.map(T),
        messages: [user('Go.'), calling('c1', 'a.b'), result('c1', 'a.b'), user('Go on.')],
      };
      const reference = `${id}/${modelOf(provider)}`;
      const { tools, items } = DIALECTS[provider.protocol].heard(await sent(reference, body));
      const names = tools.map(({ name }) => name);
      expect(names.filter((name) => !provider.quirks.request!.toolNames!.legal.test(name))).toEqual([]);
      expect(new Set(names).size).toBe(ODD.length);
      expect(items.flatMap((item) => (item.kind === 'call' ? [item.name] : []))).toEqual([names[ODD.indexOf('a.b')]]);
      const whole = await outcome(reference, body, answerOf(...names));
      expect(toldByCompletion(whole.bytes).toolCalls.map(({ name }) => name)).toEqual(ODD);
      const stream = await outcome(reference, { ...body, stream: true }, answerOf(...names));
      expect(toldByChunks(stream.bytes).toolCalls.map(({ name }) => name)).toEqual(ODD);
    },
  );

  it('B2 a choice among allowed tools names them as they go out', async () => {
    const allowed = { mode: 'required', tools: [named('1a'), named('b')] };
    const body = {
      messages: [user('Go.')],
      tools: ['1a', 'b', 'c'].map(T),
      tool_choice: { type: 'allowed_tools', allowed_tools: allowed },
    };
    const request = await sent('google/gemini-2.5-flash', body);
    expect(request.tools[0].functionDeclarations.map(({ name }: { name: string }) => name)).toEqual(['_1a', 'b']);
    const routed = await sent('openrouter/google/gemini-2.5-flash', body);
    expect(routed.tools.map((tool: { function: { name: string } }) => tool.function.name)).toEqual(['_1a', 'b']);
  });

  it('B2 names of the history alone are told apart from those of the tools', async () => {
    const messages = [user('Go.'), calling('c1', '1a'), result('c1'), user('Go on.')];
    const { contents, tools } = await sent('google/gemini-2.5-flash', { messages, tools: [T('_1a')] });
    expect(tools[0].functionDeclarations[0].name).toBe('_1a');
    expect(contents[1].parts[0].functionCall.name).toMatch(/^_1a_[0-9a-f]{8}$/);
    expect(contents[2].parts[0].functionResponse.name).toBe(contents[1].parts[0].functionCall.name);
  });

  it('B2 OpenAI gets the names that the caller gave', async () => {
    const { tools } = await sent('openai/gpt-4o-mini', { messages: [user('Go.')], tools: ODD.map(T) });
    expect(tools.map((tool: { function: { name: string } }) => tool.function.name)).toEqual(ODD);
  });

  it('B2 whatever they are: legal, one to one, the same in every order', () => {
    const name = fc.oneof(
      fc.constantFrom(...ODD),
      fc.stringMatching(/^[a-zA-Z0-9_.:-]{1,70}$/),
      fc.string({ unit: 'binary' }),
    );
    const rules = fc.constantFrom(...new Set(RULED.map(({ quirks }) => quirks.request!.toolNames!)));
    runs.check(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 12 }), rules, (names, rule) => {
        const bodyOf = (some: readonly string[]) => ({ model: 'm', messages: [], tools: some.map(T) });
        const given = names.filter((one) => one !== '');
        const wire = wireNamesOf(bodyOf(given), rule);
        const out = given.map((one) => wire?.wireNames.get(one) ?? one);
        expect(out.filter((one) => !rule.legal.test(one))).toEqual([]);
        expect(new Set(out).size).toBe(given.length);
        expect(out.map((one) => wire?.originalNames.get(one) ?? one)).toEqual(given);
        expect(wireNamesOf(bodyOf(given.toReversed()), rule)?.wireNames ?? new Map()).toEqual(
          wire?.wireNames ?? new Map(),
        );
      }),
      { share: 1 },
    );
  });
});
