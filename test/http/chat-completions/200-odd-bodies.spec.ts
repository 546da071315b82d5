import type { UsageRecorded } from '../../../src/domain/events/index.js';
import { CountingThread } from '../../../src/meter/counting-thread.js';
import { TokenCounter } from '../../../src/meter/token-counter.js';
import { eventsOf, usageBooked } from '../../support/booked.js';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { makeCustomer } from '../../support/limited-customers.js';
import { postChat } from '../../support/plain-client.js';
import { Ringside } from '../../support/ringside.js';
import {
  answer,
  bytes,
  completion,
  ScriptedUpstream,
  silence,
  streamOf,
  type Script,
} from '../../support/scripted-upstream.js';
import { SseAnswer } from '../../support/sse-answer.js';

const MODEL = 'gpt-4o-mini';
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** What makes no text: whoever adds it to one throws. */
const NO_TEXT = { toString: 1 };

let ringside: Ringside;
beforeAll(async () => {
  const upstream = await ScriptedUpstream.start();
  const env = { ANTHROPIC_API_KEY: 'a-key-0123456789', ANTHROPIC_BASE_URL: upstream.url.replace(/\/v1$/, '') };
  ringside = await Ringside.start({ upstream, env });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

let made = 0;
const capped = async () => (await makeCustomer(ringside, `odd-${++made}`, { monthly_budget_usd: 1 })).id;

/** A whole answer with any usage, or none. */
const whole = (usage?: unknown): Script =>
  answer(200, JSON.stringify(completion({ model: MODEL, text: 'A cat', usage })), {
    'content-type': 'application/json',
  });

/** The events of Anthropic's wire for a whole answer that tells no counts. */
const MESSAGE = [
  {
    type: 'message_start',
    message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', content: [] },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'A cat' } },
  { type: 'content_block_stop', index: 0 },
].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

/** The last call's record. */
async function lastBooked(): Promise<UsageRecorded['data']> {
  return (await usageIn(ringside)).at(-1)!.data;
}

describe('a call whose body holds no text where text should be', () => {
  it('S22 is booked when its caller leaves at the last word', async () => {
    const before = (await usageIn(ringside)).length;
    ringside.upstream.replyOnce(silence(MESSAGE));
    const leaving = new AbortController();
    const part = { type: 'image_url', image_url: { url: PIXEL }, text: NO_TEXT };
    const body = {
      model: 'fc:anthropic/claude-sonnet-4-5',
      max_tokens: 5,
      stream: true,
      messages: [{ role: 'user', content: [part, { type: 'text', text: 'What?' }] }],
    };
    const call = postChat(ringside, body, { signal: leaving.signal });
    expect(await new SseAnswer(await call).take(2)).toContain('A cat');
    leaving.abort();
    await call.catch(() => undefined);
    const booked = await usageBooked(ringside, before + 1);
    expect(booked).toHaveLength(before + 1);
    expect(booked.at(-1)!.data).toMatchObject({
      outcome: 'aborted',
      final: true,
      flags: ['estimated'],
      tokens: { input: expect.any(Number), output: 2 },
    });
  });

  it.each<[string, unknown]>([
    ['a part', [{ type: 'text', text: NO_TEXT }]],
    ['a part without a kind', [{ text: NO_TEXT }]],
    ['parts of every kind', [null, 7, 'x', [NO_TEXT], { text: 'Hi' }]],
    ['an object', NO_TEXT],
  ])('S22 is booked, and answered, when the provider counted nothing: %s', async (_, content) => {
    const customer = await capped();
    ringside.upstream.reply(whole());
    const calls = [{ id: 'c', type: 'function', function: NO_TEXT }, null, 'x'];
    const response = await ringside.chat({
      user: customer,
      max_tokens: 5,
      messages: [
        { role: 'user', content },
        { role: 'user', content: 'Hi', tool_calls: calls },
      ],
    });
    // What of it has no bound, or what nobody can make sense of, is refused before anything is sent.
    if (response.status === 400) return;
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('A cat')]);
    expect(await lastBooked()).toMatchObject({ outcome: 'completed', flags: ['estimated'], tokens: { output: 2 } });
  });
});

describe('counts that are none', () => {
  const counts: [string, string, string][] = [
    ['1e308', '3', 'absurd'],
    ['7', '1e308', 'absurd'],
    ['9000000000000000', '1', 'more than anybody reads'],
    ['-5', '3', 'negative'],
    ['7', '-5', 'negative'],
    ['"12"', '3', 'a text'],
    ['7', '1.5', 'a fraction'],
    ['null', 'null', 'nothing'],
    ['{}', '[]', 'no numbers'],
  ];

  it.each(counts)('S22 are counted here, and make no money: %s and %s, %s', async (input, output) => {
    const customer = await capped();
    const body = JSON.stringify(completion({ model: MODEL, text: 'A cat' })).replace(
      /}$/,
      `,"usage":{"prompt_tokens":${input},"completion_tokens":${output}}}`,
    );
    const stream = streamOf(['A cat'], { model: MODEL, usage: { prompt_tokens: 0 } }).map((event) =>
      event.replace('"usage":{"prompt_tokens":0}', `"usage":{"prompt_tokens":${input},"completion_tokens":${output}}`),
    );
    const streamed = bytes(stream);
    for (const script of [answer(200, body, { 'content-type': 'application/json' }), streamed]) {
      ringside.upstream.reply(script);
      const response = await ringside.chat({ user: customer, stream: script === streamed });
      expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('A cat')]);
    }
    const [json, again] = await usageOfCustomer(customer);
    expect(json!.data.flags).toEqual(['estimated']);
    expect(json!.data.tokens).toMatchObject({ output: 2, cachedInput: 0 });
    expect(json!.data.tokens.input).toBeLessThan(20);
    expect([again!.data.stream, again!.data.tokens, again!.data.flags]).toEqual([
      true,
      json!.data.tokens,
      ['estimated'],
    ]);
  });

  const usageOfCustomer = (customer: string) => eventsOf(ringside, 'UsageRecorded', customer);
});

describe('an estimate that cannot be made', () => {
  const messages = [{ role: 'user', content: 'é'.repeat(50) }];
  let thread: unknown;
  beforeEach(() => {
    const counter = ringside.gateway.app.get(TokenCounter);
    thread = Reflect.get(counter, 'thread');
    Reflect.set(counter, 'thread', new CountingThread(new URL('there-is-no-such-thread.ts', import.meta.url)));
  });
  afterEach(() => Reflect.set(ringside.gateway.app.get(TokenCounter), 'thread', thread));

  it('S22 S23 is what was held for the prompt, and the bytes of the answer', async () => {
    const customer = await capped();
    ringside.upstream.replyOnce(whole());
    expect((await ringside.chat({ user: customer, messages, max_tokens: 100 })).status).toBe(200);
    const [held] = await eventsOf(ringside, 'UsageHeld', customer);
    const { tokens, flags, costNanoUsd } = await lastBooked();
    expect([tokens.output, flags]).toEqual(['A cat'.length, ['estimated']]);
    expect(tokens.input).toBeGreaterThanOrEqual(100);
    // A prompt of 150 and an answer of 600 nano-dollars a token, as they were held.
    const unused = Number(held!.data.costNanoUsd) - Number(costNanoUsd);
    expect(unused).toBeGreaterThanOrEqual((100 - 'A cat'.length) * 600);
    expect(unused).toBeLessThan((101 - 'A cat'.length) * 600);
  });

  it('S22 S23 is the bytes of both where nothing was held', async () => {
    ringside.upstream.replyOnce(bytes(streamOf(['A ', 'cat'], { model: MODEL })));
    const response = await ringside.chat({ messages, stream: true });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('[DONE]')]);
    const { tokens, flags } = await lastBooked();
    expect([tokens.input >= 100 && tokens.input < 110, tokens.output, flags]).toEqual([
      true,
      'A cat'.length,
      ['estimated'],
    ]);
  });
});
