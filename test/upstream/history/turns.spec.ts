import { PROVIDERS } from '../../../src/upstream/providers/index.js';
import { asking } from '../asking.js';
import { DIALECTS } from '../dialects/index.js';

const { sent } = asking();

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown, more: object = {}) => ({ role: 'assistant', content, ...more });
const textPart = (text: string) => ({ type: 'text', text });
const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
const result = (content: unknown) => ({ role: 'tool', tool_call_id: 'call_1', content });

/** Turns of the assistant in which it neither says nor calls anything. */
const EMPTY: readonly (readonly [string, object])[] = [
  ['an empty text', assistant('')],
  ['white space', assistant(' \n')],
  ['null', assistant(null)],
  ['nothing', { role: 'assistant' }],
  ['no parts', assistant([])],
  ['an empty part', assistant([textPart('')])],
  ['no calls', assistant('', { tool_calls: [] })],
  ['a thought alone', assistant('', { reasoning_content: 'Hm.' })],
];

const STRICT = [
  'mistral/mistral-small-latest',
  'xai/grok-4.5',
  'deepseek/deepseek-v4-flash',
  'openrouter/mistralai/mistral-small',
  'ollama/llama3.2',
  'perplexity/sonar',
];

describe('a turn in which the assistant says nothing', () => {
  it.each(EMPTY)('B10 is left out where the provider refuses it: %s', async (_, empty) => {
    for (const reference of STRICT) {
      const { messages } = await sent(reference, { messages: [user('a'), empty, user('b')] });
      const expected = reference.startsWith('perplexity') ? [user('a\n\nb')] : [user('a'), user('b')];
      expect([reference, messages]).toEqual([reference, expected]);
    }
    expect((await sent('cohere/command-a-03-2025', { messages: [user('a'), empty, user('b')] })).messages).toEqual([user('a'), user('b')]);
    for (const [reference, field] of [['anthropic/claude-opus-4-5', 'messages'], ['bedrock/amazon.nova-pro-v1:0', 'messages'], ['google/gemini-2.5-flash', 'contents']] as const) {
      const request = await sent(reference, { messages: [user('a'), empty, user('b')] });
      expect([reference, request[field].length, request[field][0].role]).toEqual([reference, 1, 'user']);
    }
  }); // prettier-ignore

  it('B10 is left out where others say nothing, too, but for the last word', async () => {
    const nothing = [
      { role: 'system', content: '' },
      user(''),
      user([textPart('')]),
      { role: 'developer', content: [] },
    ];
    for (const reference of STRICT) {
      const { messages } = await sent(reference, {
        messages: [...nothing, user('a'), assistant('b'), ...nothing, user('c')],
      });
      expect([reference, messages.map(({ content }: { content: unknown }) => content)]).toEqual([
        reference,
        ['a', 'b', 'c'],
      ]);
      expect((await sent(reference, { messages: [user('')] })).messages).toEqual([user('')]);
    }
    const kept = [user(''), assistant('b'), user(' ')];
    expect((await sent('openai/gpt-4o', { messages: kept })).messages).toEqual(kept);
    expect((await sent('groq/llama-3.3-70b-versatile', { messages: kept })).messages).toEqual(kept);
  });

  it('B10 stays where it calls, refuses or shows something', async () => {
    for (const reference of STRICT.filter((one) => !one.startsWith('perplexity'))) {
      const { messages } = await sent(reference, {
        messages: [user('a'), assistant('', { tool_calls: [call] }), result('1')],
      });
      expect([reference, messages.length]).toEqual([reference, 3]);
      const refused = await sent(reference, { messages: [user('a'), assistant(null, { refusal: 'No.' }), user('b')] });
      expect([reference, refused.messages.length]).toEqual([reference, 3]);
      const inParts = await sent(reference, {
        messages: [user('a'), assistant([{ type: 'refusal', refusal: 'No.' }]), user('b')],
      });
      expect([reference, inParts.messages.length]).toEqual([reference, 3]);
    }
  });

  it('B10 stands between a tool result and the user at Mistral, which takes nobody else there', async () => {
    const calling = assistant('', { tool_calls: [call] });
    const roles = async (reference: string, ...messages: object[]) =>
      (await sent(reference, { messages: [user('a'), calling, ...messages] })).messages.map(
        ({ role }: { role: string }) => role,
      );
    const mistral = 'mistral/mistral-small-latest';
    expect(await roles(mistral, result('1'), user('b'))).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
    expect(await roles(mistral, result('1'), assistant('x'), user('b'))).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'user',
    ]);
    expect(await roles('xai/grok-4.5', result('1'), user('b'))).toEqual(['user', 'assistant', 'tool', 'user']);
  });

  it('B10 goes to OpenAI and Azure as it is', async () => {
    const messages = [user('a'), assistant(''), user('b')];
    expect((await sent('openai/gpt-4o', { messages })).messages).toEqual(messages);
  });
});

const PREFILL = [user('What is it?'), assistant('The answer is ')];
const GO_ON = 'Go on from where you stopped.';

describe('a conversation in which the assistant has the last word', () => {
  it.each([
    'anthropic/claude-sonnet-4-6',
    'anthropic/claude-opus-4-6',
    'anthropic/claude-opus-4-8',
    'anthropic/claude-opus-5',
    'anthropic/claude-opus-5-5',
    'anthropic/claude-fable-5-1',
    'anthropic/claude-of-next-year',
  ])('B20 ends with the user for %s, and keeps its text', async (reference) => {
    expect((await sent(reference, { messages: PREFILL })).messages).toEqual([...PREFILL, user(GO_ON)]);
  });

  it.each([
    'bedrock/us.anthropic.claude-opus-4-6-v1',
    'bedrock/global.anthropic.claude-opus-5-v1:0',
    'bedrock/anthropic.claude-next-v1:0',
    'bedrock/meta.llama3-70b-instruct-v1:0',
    'bedrock/mistral.mistral-large-2407-v1:0',
    'bedrock/openai.gpt-oss-120b-1:0',
    'bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3',
  ])('B20 ends with the user for %s', async (reference) => {
    expect((await sent(reference, { messages: PREFILL })).messages.slice(1)).toEqual([
      { role: 'assistant', content: [{ text: 'The answer is ' }] },
      { role: 'user', content: [{ text: GO_ON }] },
    ]);
  });

  it.each(['anthropic/claude-sonnet-4-5', 'anthropic/claude-opus-4-1-20250805', 'anthropic/claude-3-haiku-20240307'])(
    'B20 stays as it is for %s, which goes on with it',
    async (reference) => {
      expect((await sent(reference, { messages: PREFILL })).messages.at(-1)).toEqual(assistant('The answer is'));
    },
  );

  it.each(['bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0', 'bedrock/amazon.nova-pro-v1:0'])(
    'B20 stays as it is for %s',
    async (reference) => {
      const { messages } = await sent(reference, { messages: PREFILL });
      expect(messages.at(-1)).toEqual({ role: 'assistant', content: [{ text: 'The answer is' }] });
    },
  );

  it.each<[string, object[]]>([
    ['mistral/mistral-small-latest', [assistant('The answer is ', { prefix: true })]],
    ['perplexity/sonar', [PREFILL[1]!, user(GO_ON)]],
    ['deepseek/deepseek-v4-flash', [assistant('The answer is ', { reasoning_content: '' }), user(GO_ON)]],
    ['cohere/command-a-03-2025', [PREFILL[1]!, user(GO_ON)]],
    ['openrouter/anthropic/claude-opus-4.6', [PREFILL[1]!, user(GO_ON)]],
    ['openrouter/anthropic/claude-next', [PREFILL[1]!, user(GO_ON)]],
    ['openrouter/anthropic/claude-sonnet-4.5', [assistant('The answer is')]],
    ['openrouter/anthropic/claude-3.7-sonnet:beta', [assistant('The answer is')]],
    ['openrouter/meta-llama/llama-4', [PREFILL[1]!]],
    ['groq/llama-3.3-70b-versatile', [PREFILL[1]!]],
    ['openai/gpt-4o', [PREFILL[1]!]],
  ])('B20 ends as %s takes it', async (reference, end) => {
    expect((await sent(reference, { messages: PREFILL })).messages).toEqual([PREFILL[0], ...end]);
  });

  it('B20 ends with the user for Gemini', async () => {
    const { contents } = await sent('google/gemini-3-pro-preview', { messages: PREFILL });
    expect(contents.slice(1)).toEqual([
      { role: 'model', parts: [{ text: 'The answer is ' }] },
      { role: 'user', parts: [{ text: GO_ON }] },
    ]);
  });

  it('B20 keeps a prefix that the caller asks DeepSeek for', async () => {
    const prefix = assistant('The answer is ', { prefix: true, reasoning_content: '' });
    expect((await sent('deepseek/deepseek-v4-pro', { messages: [user('a'), prefix] })).messages.at(-1)).toEqual(prefix);
  });
});

it('B20 words in parts lose the spaces at their end, too, where Claude goes on with them behind OpenRouter', async () => {
  const last = assistant([textPart('It '), textPart('is ')]);
  const { messages } = await sent('openrouter/anthropic/claude-sonnet-4.5', { messages: [user('a'), last] });
  expect(messages[1]).toEqual(assistant([textPart('It '), textPart('is')]));
});

it.each(PROVIDERS.filter(({ reach }) => reach === 'network').map(({ id }) => id))(
  'B10 fields that are null, as OpenAI’s own SDKs send them, do not go to %s',
  async (id) => {
    const fields = ['max_tokens', 'temperature', 'top_p', 'stop', 'tools', 'tool_choice', 'response_format', 'seed', 'n', 'logprobs', 'metadata', 'reasoning_effort'];
    const body = { messages: [user('a')], ...Object.fromEntries(fields.map((field) => [field, null])) };
    const wire = await sent(`${id}/some-model`, body);
    expect(Object.values(wire as object).includes(null)).toBe(id === 'openai');
  },
); // prettier-ignore

describe('what the system says in the middle and at the end', () => {
  const system = (content: string, role = 'system') => ({ role, content });

  it.each(PROVIDERS.filter(({ quirks }) => quirks.request?.oneSystem).map(({ id }) => id))(
    'B12 is one message, before what was said, at %s',
    async (id) => {
      const said = [user('a'), assistant('b'), user('c')];
      const messages = [
        system('s1'),
        said[0]!,
        system('s2', 'developer'),
        ...said.slice(1),
        { role: 'system', content: [textPart('s3')] },
      ];
      const request = await sent(`${id}/some-model`, { messages });
      const [first, ...others] = request.messages;
      expect(JSON.stringify(first.content)).toMatch(/^("s1\\n\\ns2\\n\\ns3"|\[.*"s1".*"s2".*"s3".*\])$/);
      expect([first.role, others]).toEqual(['system', said]);
    },
  );

  it('B20 goes before what was said at Mistral, which refuses it elsewhere', async () => {
    const mistral = async (...messages: object[]) =>
      (await sent('mistral/mistral-small-latest', { messages })).messages;
    const said = [user('a'), assistant('b'), user('c')];
    const [first, ...others] = said;
    expect(await mistral(first!, system('s1'), ...others, system('s2', 'developer'))).toEqual([
      system('s1\n\ns2'),
      ...said,
    ]);
    const called = await mistral(user('a'), assistant('', { tool_calls: [call] }), result('1'), system('s1'));
    expect(called.map(({ role }: { role: string }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
  });

  it('B20 goes before what was said at Cohere where it would have the last word', async () => {
    const cohere = async (...messages: object[]) => (await sent('cohere/command-a-03-2025', { messages })).messages;
    expect(await cohere(user('a'), system('s1'))).toEqual([system('s1'), user('a')]);
    expect(await cohere(user('a'), system('s1'), user('b'))).toEqual([user('a'), system('s1'), user('b')]);
  });

  it.each(['mistral/mistral-small-latest', 'perplexity/sonar', 'cohere/command-a-03-2025'])(
    'B20 is heard by %s although nobody else has spoken',
    async (reference) => {
      const { messages } = await sent(reference, { messages: [system('s1', 'developer'), user('')].slice(0, 1) });
      expect(messages).toEqual([system('s1'), user('(the conversation begins)')]);
    },
  );
});

describe('a turn of the assistant that some servers cannot read', () => {
  const OTHERS = PROVIDERS.filter(
    ({ protocol, reach, quirks }) =>
      protocol === 'openai-chat' &&
      reach === 'network' &&
      !quirks.response?.passthrough &&
      !quirks.request?.knowsRefusals,
  ).map(({ id }) => id);

  it.each(OTHERS)('B12 what was refused in it is its text at %s', async (id) => {
    const refused = [assistant(null, { refusal: 'No.' }), assistant([{ type: 'refusal', refusal: 'No.' }]), assistant('No.', { refusal: 'Never.' })];
    const { messages } = await sent(`${id}/some-model`, { messages: refused.flatMap((turn) => [turn, user('b')]) });
    const turns = messages.filter(({ role }: { role: string }) => role === 'assistant');
    const texts = turns.map(({ content, refusal }: { content: unknown; refusal: unknown }) => [JSON.stringify(content), refusal]);
    expect(texts).toEqual(texts.map(() => [expect.stringMatching(/^("No\."|\[\{"type":"text","text":"No\."\}\])$/), undefined]));
    expect(turns.length).toBeGreaterThanOrEqual(3);
  }); // prettier-ignore

  it.each(OTHERS.filter((id) => id !== 'perplexity'))(
    'B10 has its content at %s although it only calls',
    async (id) => {
      const { messages } = await sent(`${id}/some-model`, {
        messages: [user('a'), { role: 'assistant', tool_calls: [call] }, result('1')],
      });
      expect(messages[1].content).toBeNull();
    },
  );

  it.each(
    PROVIDERS.filter(({ reach, quirks }) => reach === 'network' && !quirks.response?.passthrough).map(({ id }) => id),
  )('B21 is refused by %s where it was spoken, since its words are OpenAI’s alone', async (id) => {
    const spoken = { role: 'assistant', audio: { id: 'audio_1' } };
    const asked = sent(`${id}/some-model`, { messages: [user('a'), spoken, user('b')] });
    await expect(asked).rejects.toMatchObject({ code: 'unsupported_parameter', param: 'messages[1].audio' });
    await sent(`${id}/some-model`, { messages: [user('a'), assistant('x', { audio: null }), user('b')] });
  });
});

it('B12 a tool’s result in parts is one text at Gemini', async () => {
  const calling = assistant('', { tool_calls: [call] });
  const { contents } = await sent('google/gemini-2.5-flash', {
    messages: [user('a'), calling, result([textPart('A'), textPart('B')])],
  });
  expect(contents[2].parts[0].functionResponse.response).toEqual({ result: 'A\n\nB' });
});

it('a conversation that the assistant begins begins with the user for Perplexity', async () => {
  const messages = [{ role: 'system', content: 'Be brief.' }, assistant('Hello!'), user('Hi')];
  expect((await sent('perplexity/sonar', { messages })).messages).toEqual([
    messages[0],
    user('(the conversation begins)'),
    ...messages.slice(1),
  ]);
});

describe('content in parts where a provider wants one text', () => {
  const parts = [textPart('A'), textPart('B')];
  const messages = [
    { role: 'system', content: parts },
    { role: 'developer', content: parts },
    user(parts),
    assistant(parts, { tool_calls: [call] }),
    result(parts),
    assistant([textPart('A'), { type: 'refusal', refusal: 'B' }]),
    user(parts),
  ];

  it.each([
    'ollama/llama3.2',
    'deepseek/deepseek-v4-flash',
    'together/meta-llama/Llama-3',
    'huggingface/meta-llama/Llama-3',
    'groq/llama-3.3-70b-versatile',
    'cerebras/llama-3.3-70b',
    'sambanova/Meta-Llama-3.3-70B-Instruct',
  ])('B12 is one text, whoever says it, at %s', async (reference) => {
    const said = (await sent(reference, { messages })).messages as { content: unknown }[];
    const isOne = PROVIDERS.find(({ id }) => reference.startsWith(id))!.quirks.request?.oneSystem;
    const [, ...others] = messages.map(() => 'A\n\nB');
    expect(said.map(({ content }) => content)).toEqual(
      isOne ? ['A\n\nB\n\nA\n\nB', ...others.slice(1)] : ['A\n\nB', ...others],
    );
  });

  it('B12 beside an image neighbouring texts are one at Ollama', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    const request = await sent('ollama/llava', { messages: [user([...parts, image, ...parts, textPart('C')])] });
    expect(request.messages[0].content).toEqual([textPart('A\n\nB'), image, textPart('A\n\nB\n\nC')]);
  });
});

describe('a document that the user says nothing about', () => {
  const document = {
    type: 'file',
    file: { file_data: `data:application/pdf;base64,${btoa('%PDF-1.7 invented')}`, filename: 'a.pdf' },
  };

  it('has a text beside it at Bedrock, which wants one', async () => {
    const request = await sent('bedrock/amazon.nova-pro-v1:0', { messages: [user([document, textPart(' ')])] });
    expect(request.messages[0].content).toMatchObject([{ document: { format: 'pdf' } }, { text: '(a document)' }]);
    const told = await sent('bedrock/amazon.nova-pro-v1:0', { messages: [user([document]), user('Well?')] });
    expect(told.messages[0].content).toMatchObject([{ document: { format: 'pdf' } }, { text: 'Well?' }]);
  });

  it('is enough for Claude and Gemini', async () => {
    expect((await sent('anthropic/claude-opus-4-5', { messages: [user([document])] })).messages[0].content).toMatchObject([{ type: 'document' }]);
    expect((await sent('google/gemini-2.5-flash', { messages: [user([document])] })).contents[0].parts).toMatchObject([{ inlineData: {} }]);
  }); // prettier-ignore
});

it('every provider answers a history with all of it', async () => {
  const messages = [
    user('a'),
    assistant(''),
    user(''),
    assistant('b'),
    user([textPart('c')]),
    assistant('The answer is '),
  ];
  for (const { id, protocol } of PROVIDERS.filter(({ reach }) => reach === 'network')) {
    const request = await sent(`${id}/${DIALECTS[protocol].model}`, { messages });
    expect([id, JSON.stringify(request).includes('The answer is')]).toEqual([id, true]);
  }
});
