import fc from 'fast-check';
import { argumentsObject, argumentsText } from '../../../src/upstream/protocols/request/call-arguments.js';
import { outgoingJson } from '../../../src/upstream/json/outgoing-json.js';
import { PROVIDERS } from '../../../src/upstream/providers/index.js';
import { ModelRuns } from '../../models/model-runs.js';
import { asking } from '../asking.js';
import { DIALECTS } from '../dialects/index.js';

const runs = new ModelRuns('call-arguments');
const { sent } = asking();

const CUT = '{"path": "a.txt", "text": "cut o';

/** What may stand where arguments are due, and the object that goes out for it. */
const WRITTEN: readonly (readonly [string, object])[] = [
  [CUT, { invalid_arguments: CUT }],
  ['', {}],
  [' \n', {}],
  ['""', {}],
  ['null', {}],
  ['[]', {}],
  ['{}', {}],
  ['"x"', { invalid_arguments: '"x"' }],
  ['[1]', { invalid_arguments: '[1]' }],
  ['5', { invalid_arguments: '5' }],
  ['{"a":1}{"a":2}', { invalid_arguments: '{"a":1}{"a":2}' }],
  ['not JSON', { invalid_arguments: 'not JSON' }],
  ['{"a": 1}', { a: 1 }],
];

const historyOf = (written: string) => [
  { role: 'user', content: 'Patch it.' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'patch', arguments: written } }],
  },
  { role: 'tool', tool_call_id: 'call_1', content: 'The call was cut off.' },
  { role: 'user', content: 'Again.' },
];

/** Those whose models call tools, and that do not get the caller's bytes. */
const CALLING = PROVIDERS.filter(
  ({ protocol, reach, quirks }) =>
    reach === 'network' &&
    DIALECTS[protocol].knows.tools &&
    !quirks.request?.refuse?.includes('tools') &&
    !quirks.response?.passthrough,
);

afterAll(() => runs.print());

describe('arguments of earlier calls', () => {
  it.each(CALLING.map((provider) => [provider.id, provider] as const))(
    'B3 at %s any string is taken, and goes out as an object',
    async (id, provider) => {
      const dialect = DIALECTS[provider.protocol];
      const settings = { tools: [{ type: 'function', function: { name: 'patch' } }] };
      for (const [written, object] of WRITTEN) {
        const { items } = dialect.heard(
          await sent(`${id}/${dialect.model}`, { messages: historyOf(written), ...settings }),
        );
        expect([written, items.find(({ kind }) => kind === 'call')]).toEqual([
          written,
          expect.objectContaining({ args: object }),
        ]);
      }
    },
  );

  it('B3 OpenAI gets them as they are, and every provider those that are an object as they were written', async () => {
    const { messages } = await sent('openai/gpt-4o-mini', { messages: historyOf(CUT) });
    expect(messages).toEqual(historyOf(CUT));
    for (const reference of ['mistral/mistral-small-latest', 'cohere/command-a-03-2025', 'ollama/llama3.2']) {
      const request = await sent(reference, { messages: historyOf('{ "n": 1.0 }') });
      expect(request.messages[1].tool_calls[0].function.arguments).toBe('{ "n": 1.0 }');
    }
  });

  it.each(CALLING.map((provider) => [provider.id, provider] as const))(
    'B3 half a character in them goes to %s as none, a whole one as it is',
    async (id, provider) => {
      const dialect = DIALECTS[provider.protocol];
      const written = String.raw`{"a":"cut \ud83d","b":"\uD83D\uDC4B","c":"\\ud83d","n":12345678901234567890}`;
      const body = { messages: historyOf(written), tools: [{ type: 'function', function: { name: 'patch' } }] };
      const { items } = dialect.heard(await sent(`${id}/${dialect.model}`, body));
      const args = { a: 'cut \ufffd', b: '👋', c: String.raw`\ud83d` };
      expect(items.find(({ kind }) => kind === 'call')).toMatchObject({ args });
    },
  );

  it('S15 B3 JSON that is nested too deeply to be written again goes out as text', async () => {
    const written = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    for (const { id, protocol } of CALLING.filter(({ protocol }) => protocol !== 'openai-chat')) {
      const dialect = DIALECTS[protocol];
      const { items } = dialect.heard(await sent(`${id}/${dialect.model}`, { messages: historyOf(written) }));
      expect(items.find(({ kind }) => kind === 'call')).toMatchObject({ args: { invalid_arguments: written } });
    }
  });

  it('B3 whatever they are, an object goes out that says the same', () => {
    const text = fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.json().map((json) => json.slice(0, -1))); // prettier-ignore
    runs.check(
      fc.property(text, (written) => {
        const object = argumentsObject(written);
        expect(JSON.parse(argumentsText(written))).toEqual(JSON.parse(outgoingJson(object)));
        if (Object.hasOwn(object, 'invalid_arguments')) expect(object['invalid_arguments']).toBe(written);
      }),
      { share: 1 },
    );
  });
});
