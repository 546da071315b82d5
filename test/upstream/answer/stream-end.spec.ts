import { setImmediate as nextTurn } from 'node:timers/promises';
import { untilEnded } from '../../../src/upstream/answer/stream-end.js';
import { answering, sse, type Answer } from '../answering.js';

const ask = answering();

const BODY = '{"messages":[{"role":"user","content":"Hi"}],"stream":true}';
const finish = (index: number) => ({ id: 'a', model: 'm', choices: [{ index, delta: {}, finish_reason: 'stop' }] });
const said = (index: number) => ({
  id: 'a',
  model: 'm',
  choices: [{ index, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null }],
});
const counts = {
  id: 'a',
  model: 'm',
  choices: [],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
};
const frame = (name: string, payload: Record<string, unknown>) => ({ type: 'event', name, payload }) as const;

const OPENAI = sse(said(0), finish(0), counts);

/** Whole answers, by provider, without the word that ends a stream there. */
const WHOLE: readonly (readonly [reference: string, answer: Answer])[] = [
  ['openai/gpt-4o-mini', OPENAI],
  ['groq/llama-3.3-70b-versatile', OPENAI],
  ['openrouter/openai/gpt-4o-mini', sse(said(0), { ...finish(0), usage: counts.usage })],
  [
    'anthropic/claude-sonnet-4-5',
    sse(
      { type: 'message_start', message: { id: 'm', usage: { input_tokens: 10, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hi' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
    ),
  ],
  [
    'google/gemini-2.5-flash',
    sse(
      { candidates: [{ content: { parts: [{ text: 'Hi' }] } }] },
      {
        candidates: [{ content: { parts: [] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
      },
    ),
  ],
  [
    'bedrock/anthropic.claude-3-haiku-20240307-v1:0',
    {
      frames: [
        frame('messageStart', { role: 'assistant' }),
        frame('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }),
        frame('metadata', { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } }),
        frame('messageStop', { stopReason: 'end_turn' }),
      ],
    },
  ],
];

const COHERE: Answer = sse(
  { type: 'message-start', id: 'm' },
  { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hi' } } } },
  { type: 'content-end', index: 0 },
  {
    type: 'message-end',
    delta: { finish_reason: 'COMPLETE', usage: { tokens: { input_tokens: 10, output_tokens: 5 } } },
  },
);

/** Nothing more comes than these events, and the connection stays open. */
const openBehind = (events: number) => (event: number) =>
  event < events ? Promise.resolve() : new Promise<never>(() => undefined);

const eventsIn = ({ chunks, frames }: Answer) => (chunks ?? frames)!.length;

describe('a stream that does not say that it is over', () => {
  it.each(WHOLE)('B26 %s: ends well when its answer is whole and nothing more comes', async (reference, answer) => {
    const length = eventsIn(answer);
    const more = answer.chunks
      ? { chunks: [...answer.chunks, 'data: never\n\n'] }
      : { frames: [...answer.frames!, answer.frames![0]!] };
    const began = performance.now();
    const { bytes, usage, error } = await ask(reference, BODY, more, openBehind(length));
    expect(error).toBeUndefined();
    expect(bytes).toContain('"finish_reason":"stop"');
    expect(usage?.tokens).toMatchObject({ input: 10, output: 5 });
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it.each(WHOLE)('B26 %s: ends well when its connection breaks behind the answer', async (reference, answer) => {
    for (const end of [{}, { cut: true }]) {
      const { bytes, usage, error } = await ask(reference, BODY, { ...answer, ...end });
      expect(error).toBeUndefined();
      expect(bytes).toContain('"finish_reason":"stop"');
      expect(usage?.tokens).toMatchObject({ input: 10, output: 5 });
    }
  });

  it.each(WHOLE.filter(([, { chunks }]) => chunks))('B26 %s: ends well although rubbish comes behind its answer, but not an error', async (reference, { chunks }) => {
    const { bytes, usage, error } = await ask(reference, BODY, { chunks: [...chunks!, 'data: nonsense\n\n'] });
    expect(error).toBeUndefined();
    expect(bytes).toContain('"finish_reason":"stop"');
    expect(usage?.tokens).toMatchObject({ input: 10, output: 5 });
    const between = await ask('groq/llama-3.3-70b-versatile', BODY, { chunks: [...sse(said(0), finish(0)).chunks!, 'data: nonsense\n\n', ...sse(counts).chunks!] });
    expect(between).toMatchObject({ error: undefined, usage: { tokens: { input: 10 } } });
    const failure = `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'server_error', message: 'x' } })}\n\n`;
    expect((await ask(reference, BODY, { chunks: [...chunks!, failure] })).error).toMatchObject({ code: 'upstream_unavailable' });
  }); // prettier-ignore

  it.each(WHOLE)('B26 %s: is cut short before its reason has come', async (reference, answer) => {
    const events = eventsIn(answer) - (answer === OPENAI || answer.frames ? 2 : 1);
    const part = answer.chunks
      ? { chunks: answer.chunks.slice(0, events) }
      : { frames: answer.frames!.slice(0, events) };
    const { error } = await ask(reference, BODY, { ...part, cut: true });
    expect(error).toMatchObject({ code: 'upstream_unavailable' });
  });

  it.each(['openai/gpt-4o-mini', 'mistral/mistral-small-latest'])(
    'B26 %s: waits for all choices',
    async (reference) => {
      const body = BODY.replace('{', '{"n":2,');
      const one = await ask(reference, body, { ...sse(said(0), finish(0)), cut: true });
      expect(one.error).toMatchObject({ code: 'upstream_unavailable' });
      const other = await ask(reference, body, { ...sse(said(0), finish(0), said(1)), cut: true });
      expect(other.error).toMatchObject({ code: 'upstream_unavailable' });
      const both = await ask(reference, body, { ...sse(said(0), said(1), finish(1), finish(0)), cut: true });
      expect(both.error).toBeUndefined();
    },
  );

  it('B26 cohere/command-a-03-2025: ends well at its last event, and not before', async () => {
    const began = performance.now();
    const whole = await ask(
      'cohere/command-a-03-2025',
      BODY,
      { chunks: [...COHERE.chunks!, 'data: never\n\n'] },
      openBehind(4),
    );
    expect(whole).toMatchObject({ error: undefined, usage: { tokens: { input: 10, output: 5 } } });
    expect(performance.now() - began).toBeLessThan(5000);
    const part = await ask('cohere/command-a-03-2025', BODY, { chunks: COHERE.chunks!.slice(0, 3) });
    expect(part.error).toMatchObject({ code: 'upstream_unavailable' });
  });

  it('B26 is over although comments go on behind the answer', async () => {
    async function* pieces() {
      for (;;) {
        yield Buffer.from(': still here\n\n');
        await nextTurn();
      }
    }
    const body = { [Symbol.asyncIterator]: pieces, release: () => undefined };
    const began = performance.now();
    for await (const piece of untilEnded(body, { isWhole: true, hasUsage: true, news: 3 }))
      expect(piece.length).toBe(14);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('an answer of JSON', () => {
  const whole = JSON.stringify({
    id: 'a',
    choices: [{ index: 0, message: { content: 'Hi' }, finish_reason: 'stop' }],
    usage: counts.usage,
  });
  const body = BODY.replace(',"stream":true', '');

  it.each(['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile'])(
    'B26 %s: is whole although its connection breaks behind it',
    async (reference) => {
      const { bytes, usage, error } = await ask(reference, body, { body: `${whole}\n`, cut: true });
      expect(error).toBeUndefined();
      expect(bytes).toContain('"content":"Hi"');
      expect(usage?.tokens).toMatchObject({ input: 10, output: 5 });
      for (const part of [whole.slice(0, -1), whole.slice(0, whole.indexOf('}') + 1), '{"a":1']) {
        expect((await ask(reference, body, { body: part, cut: true })).error).toMatchObject({
          code: 'upstream_unavailable',
        });
      }
    },
  );
});

describe('[DONE] without a reason', () => {
  it.each(['openai/gpt-4o-mini', 'xai/grok-4'])(
    'is a stop for %s where something was said, and else no answer',
    async (reference) => {
      const spoken = await ask(reference, BODY, sse(said(0), '[DONE]'));
      expect(spoken.error).toBeUndefined();
      const { error } = await ask(
        reference,
        BODY,
        sse({ id: 'a', model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }, '[DONE]'),
      );
      expect(error).toMatchObject({ code: 'upstream_unavailable' });
    },
  );
});
