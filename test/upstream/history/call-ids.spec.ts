import fc from 'fast-check';
import { withLegalIds, withOwnIds } from '../../../src/upstream/protocols/request/call-ids.js';
import { ModelRuns } from '../../models/model-runs.js';
import { PROVIDERS } from '../../../src/upstream/providers/index.js';
import { asking } from '../asking.js';
import { DIALECTS } from '../dialects/index.js';

const { sent } = asking();

const runs = new ModelRuns('call-ids');

const user = { role: 'user', content: 'a' };
const calling = (...ids: readonly string[]) => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id, place) => ({ id, type: 'function', function: { name: `look_${place}`, arguments: '{}' } })),
});
const result = (id: string, content: string) => ({ role: 'tool', tool_call_id: id, content });
const tool = (name: string, description?: string) => ({
  type: 'function',
  function: { name, description, parameters: { type: 'object' } },
});

const CALLING = PROVIDERS.filter(
  ({ reach, quirks }) =>
    reach === 'network' && !quirks.response?.passthrough && !quirks.request?.refuse?.includes('tools'),
).map((provider) => [provider.id, provider] as const);

afterAll(() => runs.print());

describe('tool calls that share an id', () => {
  it.each(CALLING.filter(([, { protocol }]) => DIALECTS[protocol].knows.ids))(
    'B3 have one each at %s, and so have their results',
    async (id, { protocol }) => {
      const dialect = DIALECTS[protocol];
      const messages = [
        user,
        calling('c1'),
        result('c1', 'one'),
        calling('c1', 'c.1', 'c_1'),
        result('c_1', 'four'),
        result('c1', 'two'),
        result('c.1', 'three'),
        calling('', ''),
        result('', 'five'),
        result('', 'six'),
        user,
      ];
      const wire = JSON.stringify(await sent(`${id}/${dialect.model}`, { messages }));
      const { items } = dialect.heard(JSON.parse(wire));
      const calls = items.filter((item) => item.kind === 'call').map((item) => item.id);
      expect(new Set(calls).size).toBe(6);
      expect(calls).not.toContain('');
      const told = new Map(items.filter((item) => item.kind === 'result').map((item) => [item.id, item.said]));
      expect(calls.map((call) => told.get(call))).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
    },
  );

  it('B3 have one each at Gemini, and their results the names of their functions', async () => {
    const messages = [
      user,
      calling('', '', 'c'),
      result('', 'one'),
      result('', 'two'),
      result('c', 'three'),
      calling('c'),
      result('c', 'four'),
    ];
    const { contents } = await sent('google/gemini-2.5-flash', { messages });
    const parts = contents.flatMap((turn: { parts: object[] }) => turn.parts);
    const called = parts.flatMap(
      ({ functionCall }: { functionCall?: { id: string; name: string } }) => functionCall ?? [],
    );
    const answered = parts.flatMap(
      ({ functionResponse }: { functionResponse?: { id: string; name: string } }) => functionResponse ?? [],
    );
    expect(new Set(called.map(({ id }: { id: string }) => id)).size).toBe(4);
    const named = ({ id, name }: { id: string; name: string }) => `${id} ${name}`;
    expect(answered.map(named)).toEqual(called.map(named));
  });

  it('B3 go to OpenAI as they are', async () => {
    const messages = [user, calling('c1'), result('c1', 'one'), calling('c1'), result('c1', 'two')];
    expect((await sent('openai/gpt-4o', { messages })).messages).toEqual(messages);
  });

  it('B3 whatever the ids are: one each, the first as it was, legal where they must be, each result with its call', () => {
    const ids = fc.array(fc.constantFrom('', 'a', 'a_2', 'a.2', 'call', 'call_2', 'b'), { minLength: 1, maxLength: 5 });
    const turns = fc.array(ids, { maxLength: 8 });
    runs.check(
      fc.property(turns, (conversation) => {
        const messages = conversation.flatMap((turn) => [
          calling(...turn),
          ...turn.map((id, place) => result(id, String(place))),
        ]);
        const legal = withLegalIds(withOwnIds(messages), {
          legal: /^\w{1,16}$/,
          illegalCharacters: /\W/g,
          maxLength: 16,
        });
        const calls = legal.flatMap(({ tool_calls: made }) =>
          ((made as { id: string }[] | undefined) ?? []).map(({ id }) => id),
        );
        expect(new Set(calls).size).toBe(calls.length);
        expect(calls.every((id) => /^\w{1,16}$/.test(id))).toBe(true);
        expect(legal.flatMap(({ tool_call_id: id }) => id ?? [])).toEqual(calls);
      }),
      { share: 0.05, least: 200 },
    );
  });

  it('B3 take a time that grows with their number alone', () => {
    const many = Array.from({ length: 100_000 }, () => 'c');
    const messages = withOwnIds([calling(...many), ...many.map((id) => result(id, ''))]);
    expect(messages.at(-1)).toMatchObject({ tool_call_id: 'c_100000' });
  });
});

describe('a tool that is given twice', () => {
  it.each(CALLING)('B2 goes out once to %s, which takes each name once', async (id, { protocol }) => {
    const tools = [tool('look', 'first'), tool('see'), tool('look', 'second')];
    const wire = JSON.stringify(await sent(`${id}/${DIALECTS[protocol].model}`, { messages: [user], tools }));
    expect([wire.split('"look"').length - 1, wire.split('"see"').length - 1]).toEqual([1, 1]);
    expect(wire).toContain('first');
    expect(wire).not.toContain('second');
  });
});
