import { answering, sse, type Answer } from './answering.js';

const ask = answering();

const WHOLE = '{"messages":[{"role":"user","content":"Hi"}]}';
const STREAM = WHOLE.replace('{', '{"stream":true,');
const frame = (name: string, payload: Record<string, unknown>) => ({ type: 'event', name, payload }) as const;
const chunk = (delta: Record<string, unknown>, finish_reason: string | null = null) => ({
  id: 'a',
  model: 'm',
  choices: [{ index: 0, delta, finish_reason }],
});

const start = (id: string) => ({
  type: 'message_start',
  message: { id, usage: { input_tokens: 1, output_tokens: 1 } },
});
const tool = (id: string) => ({
  type: 'content_block_start',
  index: 0,
  content_block: { type: 'tool_use', id, name: 'f', input: {} },
});
const args = (partial_json: string) => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'input_json_delta', partial_json },
});
const END = [
  { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
  { type: 'message_stop' },
];
const STOP = { type: 'content_block_stop', index: 0 };

const ANTHROPIC = 'anthropic/claude-sonnet-4-5';
const COHERE = 'cohere/command-a-03-2025';
const BEDROCK = 'bedrock/anthropic.claude-3-haiku-20240307-v1:0';
const cohereSaid = (text: string) => ({ type: 'content-delta', index: 0, delta: { message: { content: { text } } } });
const cohereEnd = (finish_reason: string) => ({
  type: 'message-end',
  delta: { finish_reason, usage: { tokens: { input_tokens: 1, output_tokens: 2 } } },
});
const bedrockSaid = (text: string) => frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text } });
const bedrockEnd = (stopReason: string) => [
  frame('messageStop', { stopReason }),
  frame('metadata', { usage: { inputTokens: 1, outputTokens: 2 } }),
];

describe('two messages in one stream', () => {
  it.each<[string, Answer]>([
    [
      ANTHROPIC,
      sse(start('a'), tool('t_a'), args('{"v":"Sp'), start('b'), tool('t_b'), args('{"v":"Spark"}'), STOP, ...END),
    ],
    [
      COHERE,
      sse(
        { type: 'message-start', id: 'a' },
        cohereSaid('The capi'),
        { type: 'message-start', id: 'b' },
        cohereSaid('The capital'),
        cohereEnd('COMPLETE'),
      ),
    ],
    [
      BEDROCK,
      {
        frames: [
          frame('messageStart', { role: 'assistant' }),
          bedrockSaid('The capi'),
          frame('messageStart', { role: 'assistant' }),
          bedrockSaid('The capital'),
          ...bedrockEnd('end_turn'),
        ],
      },
    ],
  ])('H3 are an error at %s', async (reference, answer) => {
    const { bytes, error } = await ask(reference, STREAM, answer);
    expect(error).toMatchObject({ code: 'upstream_invalid_response' });
    expect(bytes).not.toContain('capital');
    expect(bytes).not.toContain('Spark');
    expect(bytes).not.toContain('"finish_reason":"');
  });

  it.each<[string, Answer]>([
    [ANTHROPIC, sse(start('a'), start('a'), tool('t'), args('{"v":'), start('a'), args('1}'), STOP, ...END)],
    [
      COHERE,
      sse(
        { type: 'message-start', id: 'a' },
        { type: 'message-start', id: 'a' },
        cohereSaid('Hi'),
        cohereEnd('COMPLETE'),
      ),
    ],
    [
      BEDROCK,
      { frames: [frame('messageStart', {}), frame('messageStart', {}), bedrockSaid('Hi'), ...bedrockEnd('end_turn')] },
    ],
  ])('H3 a beginning that is told again is none at %s', async (reference, answer) => {
    expect((await ask(reference, STREAM, answer)).error).toBeUndefined();
  });
});

const openaiWhole = (finish_reason: string, content: string) => ({
  body: { id: 'a', choices: [{ index: 0, message: { content }, finish_reason }] },
});

/** Answers without a word, and with one, that end for a reason: whole, then in a stream. */
const ENDINGS: readonly (readonly [
  reference: string,
  whole: (reason: string, text: string) => Answer,
  stream: (reason: string, text: string) => Answer,
])[] = [
  ...['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'openrouter/openai/gpt-4o-mini'].map(
    (reference) =>
      [
        reference,
        openaiWhole,
        (reason: string, text: string) => sse(chunk({ content: text }), chunk({}, reason), '[DONE]'),
      ] as const,
  ),
  [
    'google/gemini-2.5-flash',
    (finishReason, text) => ({ body: { candidates: [{ content: text ? { parts: [{ text }] } : {}, finishReason }] } }),
    (finishReason, text) => sse({ candidates: [{ content: text ? { parts: [{ text }] } : {}, finishReason }] }),
  ],
  [
    ANTHROPIC,
    (stop_reason, text) => ({ body: { id: 'm', content: text ? [{ type: 'text', text }] : [], stop_reason } }),
    (stop_reason, text) =>
      sse(
        start('m'),
        ...(text ? [{ type: 'content_block_start', index: 0, content_block: { type: 'text', text } }] : []),
        { type: 'message_delta', delta: { stop_reason } },
        { type: 'message_stop' },
      ),
  ],
  [
    COHERE,
    (finish_reason, text) => ({
      body: { id: 'm', message: { content: text ? [{ type: 'text', text }] : [] }, finish_reason },
    }),
    (reason, text) => sse({ type: 'message-start', id: 'a' }, ...(text ? [cohereSaid(text)] : []), cohereEnd(reason)),
  ],
  [
    BEDROCK,
    (stopReason, text) => ({ body: { output: { message: { content: text ? [{ text }] : [] } }, stopReason } }),
    (reason, text) => ({
      frames: [frame('messageStart', {}), ...(text ? [bedrockSaid(text)] : []), ...bedrockEnd(reason)],
    }),
  ],
];

describe('a reason to end that nobody knows', () => {
  it.each(ENDINGS)('H8 is an error of %s where nothing was said, and else a stop', async (reference, whole, stream) => {
    for (const reason of ['MISSING_THOUGHT_SIGNATURE', 'constructor']) {
      for (const outcome of [
        await ask(reference, WHOLE, whole(reason, '')),
        await ask(reference, STREAM, stream(reason, '')),
      ]) {
        expect(outcome.error).toMatchObject({ code: 'upstream_unavailable', message: expect.stringContaining(reason) });
      }
      for (const outcome of [
        await ask(reference, WHOLE, whole(reason, 'Hi')),
        await ask(reference, STREAM, stream(reason, 'Hi')),
      ]) {
        expect(outcome.error).toBeUndefined();
        expect(outcome.bytes).toMatch(/"finish_reason":"(stop|MISSING_THOUGHT_SIGNATURE|constructor)"/);
      }
    }
  });
});

describe('an answer that says no reason to end', () => {
  it.each(ENDINGS)('H8 is an error of %s where it says nothing else either', async (reference, whole, stream) => {
    const none = undefined as unknown as string;
    for (const outcome of [
      await ask(reference, WHOLE, whole(none, '')),
      await ask(reference, STREAM, stream(none, '')),
    ]) {
      expect(outcome.error).toMatchObject({ code: 'upstream_unavailable' });
    }
    expect((await ask(reference, WHOLE, whole(none, 'Hi'))).error).toBeUndefined();
  });
});

describe('an answer that ends for an error', () => {
  it.each([
    'openai/gpt-4o-mini',
    'groq/llama-3.3-70b-versatile',
    'xai/grok-4.5',
    'openrouter/a/b',
    'mistral/mistral-small-latest',
  ])('H1 is one of %s, whatever was said', async (reference) => {
    const stream = sse(chunk({ content: 'half' }), chunk({}, 'error'), '[DONE]');
    for (const outcome of [
      await ask(reference, WHOLE, openaiWhole('error', 'half')),
      await ask(reference, STREAM, stream),
    ]) {
      expect(outcome.error).toMatchObject({ code: 'upstream_unavailable' });
    }
  });

  it.each(['openai/gpt-4o-mini', 'huggingface/a/b', 'openrouter/a/b'])(
    'H1 is one of %s that gave it up, whatever was said',
    async (reference) => {
      const stream = sse(chunk({ content: 'half' }), chunk({}, 'abort'), '[DONE]');
      for (const outcome of [
        await ask(reference, WHOLE, openaiWhole('abort', 'half')),
        await ask(reference, STREAM, stream),
      ]) {
        expect(outcome.error).toMatchObject({ code: 'upstream_unavailable' });
      }
    },
  );

  it.each(['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile'])(
    'B26 is none of %s for an error that says nothing',
    async (reference) => {
      const { body } = openaiWhole('stop', 'Hi');
      for (const error of [{}, [], null, false, '']) {
        expect((await ask(reference, WHOLE, { body: { ...body, error } })).error).toBeUndefined();
        expect(
          (
            await ask(
              reference,
              STREAM,
              sse({ ...chunk({ content: 'Hi' }), error }, { ...chunk({}, 'stop'), error }, '[DONE]'),
            )
          ).error,
        ).toBeUndefined();
      }
    },
  );
});

const call = (parts: Record<string, unknown>) => chunk({ tool_calls: [parts] });
const named = { name: 'fn', arguments: '' };

/** Two pieces of `{"v":1}`, of which each says another thing about its call. */
const PIECES: readonly (readonly [how: string, ...pieces: object[]])[] = [
  [
    'an id, then a place',
    call({ id: 'a', function: { name: 'fn', arguments: '{"v' } }),
    call({ index: 0, function: { arguments: '":1}' } }),
  ],
  [
    'a place, then the id alone',
    call({ index: 0, id: 'a', function: { name: 'fn', arguments: '{"v' } }),
    call({ id: 'a', function: { arguments: '":1}' } }),
  ],
  [
    'a place, then an unknown id',
    call({ index: 0, function: { name: 'fn', arguments: '{"v' } }),
    call({ id: 'a', function: { arguments: '":1}' } }),
  ],
  [
    'a place, then another',
    call({ index: 0, id: 'a', function: { name: 'fn', arguments: '{"v' } }),
    call({ index: 3, function: { arguments: '":1}' } }),
  ],
  [
    'a place in digits and in letters',
    call({ index: '0', id: 'a', function: { name: 'fn', arguments: '{"v' } }),
    call({ index: 0, function: { arguments: '":1}' } }),
  ],
  [
    'arguments before the name',
    call({ index: 0, id: 'a', function: { arguments: '{"v' } }),
    call({ index: 0, function: named }),
    call({ index: 0, function: { arguments: '":1}' } }),
  ],
  [
    'arguments before the name, by id',
    call({ id: 'a', function: { arguments: '{"v":1}' } }),
    call({ index: 0, id: 'a', function: named }),
  ],
  ['arguments before anything', call({ function: { arguments: '{"v":1}' } }), call({ id: 'a', function: named })],
  [
    'the same call announced twice',
    call({ id: 'a', function: named }),
    call({ index: 0, id: 'a', function: { name: 'fn', arguments: '{"v":1}' } }),
  ],
];

/** The calls that a stream's chunks tell of. */
function callsIn(bytes: string): { name: string; arguments: string }[] {
  const calls: { name: string; arguments: string }[] = [];
  for (const data of bytes.split('\n\n').slice(0, -1)) {
    for (const { index, function: told } of JSON.parse(data.slice('data: '.length)).choices[0].delta.tool_calls ?? []) {
      calls[index] ??= { name: told.name, arguments: '' };
      calls[index].arguments += told.arguments;
    }
  }
  return calls;
}

describe('arguments of a tool call', () => {
  it.each(PIECES)('H10 are found by %s', async (_, ...pieces) => {
    const { bytes, error } = await ask(
      'groq/llama-3.3-70b-versatile',
      STREAM,
      sse(...pieces, chunk({}, 'tool_calls'), '[DONE]'),
    );
    expect(error).toBeUndefined();
    expect(callsIn(bytes)).toEqual([{ name: 'fn', arguments: '{"v":1}' }]);
  });

  it('H10 stay apart where two calls are told at once', async () => {
    const one = call({ index: 0, id: 'a', function: { name: 'one', arguments: '' } });
    const early = call({ index: 1, function: { arguments: '{"v"' } });
    const two = call({ index: 1, id: 'b', function: { name: 'two', arguments: ':2}' } });
    const late = call({ id: 'a', function: { arguments: '{"v":1}' } });
    const { bytes } = await ask(
      'groq/llama-3.3-70b-versatile',
      STREAM,
      sse(one, early, two, late, chunk({}, 'tool_calls'), '[DONE]'),
    );
    expect(callsIn(bytes)).toEqual([
      { name: 'one', arguments: '{"v":1}' },
      { name: 'two', arguments: '{"v":2}' },
    ]);
  });

  it.each<[string, Answer]>([
    [ANTHROPIC, sse(start('a'), tool('t'), { ...args('{"v":1}'), index: 4 }, STOP, ...END)],
    [
      BEDROCK,
      {
        frames: [
          frame('messageStart', {}),
          frame('contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't', name: 'f' } } }),
          frame('contentBlockDelta', { delta: { toolUse: { input: '{"v":1}' } } }),
          frame('contentBlockStop', { contentBlockIndex: 1 }),
          ...bedrockEnd('tool_use'),
        ],
      },
    ],
    [
      COHERE,
      sse(
        { type: 'message-start', id: 'a' },
        {
          type: 'tool-call-start',
          index: 0,
          delta: { message: { tool_calls: { id: 't', function: { name: 'f', arguments: '' } } } },
        },
        {
          type: 'tool-call-delta',
          index: 1,
          delta: { message: { tool_calls: { function: { arguments: '{"v":1}' } } } },
        },
        cohereEnd('TOOL_CALL'),
      ),
    ],
  ])('H10 of a place that nobody announced are those of the latest call at %s', async (reference, answer) => {
    const { bytes, error } = await ask(reference, STREAM, answer);
    expect(error).toBeUndefined();
    expect(callsIn(bytes)).toEqual([{ name: 'f', arguments: '{"v":1}' }]);
  });

  it('H10 of a server’s own tool are nobody’s', async () => {
    const own = {
      type: 'content_block_start',
      index: 1,
      content_block: { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
    };
    const { bytes } = await ask(
      ANTHROPIC,
      STREAM,
      sse(start('a'), tool('t'), args('{"v":1}'), STOP, own, { ...args('{"q":2}'), index: 1 }, ...END),
    );
    expect(callsIn(bytes)).toEqual([{ name: 'f', arguments: '{"v":1}' }]);
  });
});

describe('annotations in a stream', () => {
  const cited = [
    { type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 } },
  ];

  it.each(['openai/gpt-4o-mini', 'openrouter/openai/gpt-4o-mini', 'azure/gpt-4o-mini', 'groq/groq/compound'])(
    'H9 reach the caller of %s',
    async (reference) => {
      const answer = sse(
        chunk({ role: 'assistant', content: 'Hi' }),
        chunk({ content: '', annotations: cited }),
        chunk({}, 'stop'),
        '[DONE]',
      );
      const { bytes, error } = await ask(reference, STREAM, answer);
      expect(error).toBeUndefined();
      expect(bytes).toContain(`"annotations":${JSON.stringify(cited)}`);
    },
  );
});

describe('chunks of OpenAI', () => {
  const piece = (rest: string, content = 'Hi') =>
    `{"id":"a","choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}},"finish_reason":null}]${rest}}`;
  const end = (rest: string) => `{"id":"a","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]${rest}}`;
  const asked = STREAM.replace('{', '{"stream_options":{"include_usage":true},');
  const pass = async (events: readonly string[], body = STREAM) => {
    const { bytes, error } = await ask('openai/gpt-4o-mini', body, sse(...events, '[DONE]'));
    expect(error).toBeUndefined();
    return bytes
      .split('\n\n')
      .slice(0, -1)
      .map((event) => event.replace('data: ', ''));
  };

  it('H12 have no usage of null for callers who did not ask for it', async () => {
    const words = ['Hel', 'lo', '","usage":null}', ',"usage":null', '\\'];
    for (const more of ['', ',"obfuscation":"a}b\\"]"', ',"x":{"y":[1,{}]}']) {
      const sent = [...words.map((word) => piece(`,"usage":null${more}`, word)), end(`,"usage":null${more}`)];
      expect(await pass(sent)).toEqual([...words.map((word) => piece(more, word)), end(more)]);
    }
  });

  it('H12 go out as they came where usage was asked for, and where it stands elsewhere', async () => {
    const sent = [piece(',"usage":null'), end(',"usage":null')];
    expect(await pass(sent, asked)).toEqual(sent);
    const odd = [piece(',"x":{"a":1,"usage":null}'), piece(',"x":[{"a":1,"usage":null}],"y":2'), end('')];
    expect(await pass(odd)).toEqual(odd);
  });
});
