import { asking } from '../asking.js';

const { sent } = asking();

const user = (content: string) => ({ role: 'user', content });
const call = (id: string) => ({ tool_calls: [{ id, type: 'function', function: { name: 'look', arguments: '{}' } }] });
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'done' });
const tools = [{ type: 'function', function: { name: 'look' } }];

/** The thoughts that go out with each turn of the assistant. */
async function thoughtsSent(model: string, messages: readonly object[]): Promise<unknown[]> {
  const request = await sent(`deepseek/${model}`, { messages, tools });
  return (request.messages as { role: string; reasoning_content?: unknown }[])
    .filter(({ role }) => role === 'assistant')
    .map(({ reasoning_content: thought }) => thought);
}

const TWO_TOOL_TURNS = [
  user('a'),
  { role: 'assistant', content: null, reasoning_content: 'thought 1', ...call('c1') },
  result('c1'),
  { role: 'assistant', content: 'b' },
  user('c'),
  { role: 'assistant', content: null, reasoning_content: 'thought 2', ...call('c2') },
  result('c2'),
];
const SECOND_QUESTION = [
  user('a'),
  { role: 'assistant', content: '', reasoning_content: 't1', ...call('c1') },
  result('c1'),
  { role: 'assistant', content: 'b', reasoning_content: 't2' },
  user('c'),
];
const UNTHOUGHT = [
  user('a'),
  { role: 'assistant', content: null, ...call('c1') },
  result('c1'),
  { role: 'assistant', content: 'b', reasoning_content: null },
  user('c'),
];

describe('thoughts of earlier turns for DeepSeek', () => {
  it.each(['deepseek-v4-flash', 'deepseek-v4-pro', 'deepseek-v4.1-flash', 'deepseek-v5'])(
    'B8 go back to %s',
    async (model) => {
      expect(await thoughtsSent(model, TWO_TOOL_TURNS)).toEqual(['thought 1', '', 'thought 2']);
    },
  );

  it('H2 go back with every turn as they were given, and empty where there are none', async () => {
    expect(await thoughtsSent('deepseek-v4-flash', SECOND_QUESTION)).toEqual(['t1', 't2']);
    expect(await thoughtsSent('deepseek-v4-flash', UNTHOUGHT)).toEqual(['', '']);
  });

  it('H2 never go back to R1, and to the models of before within a turn alone', async () => {
    for (const model of ['deepseek-r1', 'DeepSeek-R1-0528']) {
      expect(await thoughtsSent(model, TWO_TOOL_TURNS)).toEqual([undefined, undefined, undefined]);
    }
    for (const model of ['deepseek-reasoner', 'deepseek-chat']) {
      expect(await thoughtsSent(model, TWO_TOOL_TURNS)).toEqual([undefined, undefined, 'thought 2']);
      expect(await thoughtsSent(model, SECOND_QUESTION)).toEqual([undefined, undefined]);
    }
  });

  it('H2 go to no other provider', async () => {
    for (const reference of [
      'groq/openai/gpt-oss-20b',
      'fireworks/accounts/fireworks/models/kimi-k2',
      'openai/gpt-5',
      'openrouter/openai/gpt-5',
    ]) {
      const request = await sent(reference, { messages: SECOND_QUESTION, tools });
      expect(JSON.stringify(request)).not.toContain('reasoning_content');
    }
  });

  it('H2 go back to the same models elsewhere as they were given', async () => {
    for (const reference of [
      'openrouter/deepseek/deepseek-v4-flash',
      'fireworks/accounts/fireworks/models/deepseek-v4-pro',
    ]) {
      const { messages } = await sent(reference, { messages: TWO_TOOL_TURNS, tools });
      const thoughts = (messages as { reasoning_content?: string }[]).map(({ reasoning_content: thought }) => thought);
      expect([reference, thoughts.filter(Boolean)]).toEqual([reference, ['thought 1', 'thought 2']]);
    }
  });

  it.each([
    ['xhigh', { reasoning_effort: 'xhigh' }],
    ['max', { reasoning_effort: 'max' }],
    ['minimal', { reasoning_effort: 'low' }],
    ['none', { thinking: { type: 'disabled' } }],
  ])('an effort of %s goes out as DeepSeek knows it', async (effort, fields) => {
    const { reasoning_effort, thinking } = await sent('deepseek/deepseek-v4-flash', {
      messages: [user('a')],
      reasoning_effort: effort,
    });
    expect({ reasoning_effort, thinking }).toEqual({ reasoning_effort: undefined, thinking: undefined, ...fields });
  });
});
