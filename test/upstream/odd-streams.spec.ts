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

const start = (id: string) => ({ type: 'message_start', message: { id, usage: { input_tokens: 1, output_tokens: 1 } } });
const tool = (id: string) => ({ type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id, name: 'f', input: {} } });
const args = (partial_json: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json } });
const END = [{ type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } }, { type: 'message_stop' }];
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
    [ANTHROPIC, sse(start('a'), tool('t_a'), args('{"v":"Sp'), start('b'), tool('t_b'), args('{"v":"Spark"}'), STOP, ...END)],
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
    [COHERE, sse({ type: 'message-start', id: 'a' }, { type: 'message-start', id: 'a' }, cohereSaid('Hi'), cohereEnd('COMPLETE'))],
    [BEDROCK, { frames: [frame('messageStart', {}), frame('messageStart', {}), bedrockSaid('Hi'), ...bedrockEnd('end_turn')] }],
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
      [reference, openaiWhole, (reason: string, text: string) => sse(chunk({ content: text }), chunk({}, reason), '[DONE]')] as const,
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
    (finish_reason, text) => ({ body: { id: 'm', message: { content: text ? [{ type: 'text', text }] : [] }, finish_reason } }),
    (reason, text) => sse({ type: 'message-start', id: 'a' }, ...(text ? [cohereSaid(text)] : []), cohereEnd(reason)),
  ],
  [
    BEDROCK,
    (stopReason, text) => ({ body: { output: { message: { content: text ? [{ text }] : [] } }, stopReason } }),
    (reason, text) => ({ frames: [frame('messageStart', {}), ...(text ? [bedrockSaid(text)] : []), ...bedrockEnd(reason)] }),
  ],
];

describe('a reason to end that nobody knows', () => {
  it.each(ENDINGS)('H8 is an error of %s where nothing was said, and else a stop', async (reference, whole, stream) => {
    for (const reason of ['MISSING_THOUGHT_SIGNATURE', 'constructor']) {
      for (const outcome of [await ask(reference, WHOLE, whole(reason, '')), await ask(reference, STREAM, stream(reason, ''))]) {
        expect(outcome.error).toMatchObject({ code: 'upstream_unavailable', message: expect.stringContaining(reason) });
      }
      for (const outcome of [await ask(reference, WHOLE, whole(reason, 'Hi')), await ask(reference, STREAM, stream(reason, 'Hi'))]) {
        expect(outcome.error).toBeUndefined();
        expect(outcome.bytes).toMatch(/"finish_reason":"(stop|MISSING_THOUGHT_SIGNATURE|constructor)"/);
      }
    }
  });
});
