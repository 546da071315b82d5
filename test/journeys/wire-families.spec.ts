import OpenAI from 'openai';
import { usageIn } from '../support/closing-assertions.js';
import { EveryProvider, FAMILIES, SAID } from '../support/every-provider.js';
import { SseAnswer } from '../support/sse-answer.js';
import type { ServedAnswers } from '../upstream/dialects/dialect.js';

let every: EveryProvider;
beforeAll(async () => {
  every = await EveryProvider.start();
});
afterEach(() => {
  every.upstream.alter = (served) => served;
  every.upstream.pace = () => undefined;
});
afterAll(() => every.stop(), 15_000);

const messages = [{ role: 'user', content: '«hello»' }];
const chat = (model: string, stream: boolean, more: object = {}) =>
  every.ringside.fetch('/v1/chat/completions', { body: { model, messages, stream, ...more } });
const lastUsage = async (count: number) => (await usageIn(every.ringside)).slice(-count).map(({ data }) => data);

/** What a provider says of usage, taken out of its answer or set to nothing, wherever it stands. */
function withUsage(served: ServedAnswers, change: (counts: Record<string, unknown>) => unknown): ServedAnswers {
  const changed = (value: unknown, name = ''): unknown => {
    if (['usage', 'usageMetadata', 'metrics'].includes(name) && value !== null)
      return change(value as Record<string, unknown>);
    if (Array.isArray(value)) return value.map((item) => changed(item));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([field, inner]) => [field, changed(inner, field)] as const);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  };
  const inChunk = (chunk: string) =>
    chunk.replace(/^data: (\{.*\})/gm, (line, json: string) => {
      const parsed = JSON.parse(json) as Record<string, unknown>;
      return Object.keys(parsed).length === 0 ? line : `data: ${JSON.stringify(changed(parsed))}`;
    });
  return served.map((answer) => ({
    ...answer,
    ...(answer.body !== undefined && { body: changed(answer.body) }),
    ...(answer.chunks && { chunks: answer.chunks.map(inChunk) }),
    ...(answer.frames && {
      frames: answer.frames.map((frame) => ({ ...frame, payload: changed(frame.payload) as Record<string, unknown> })),
    }),
  }));
}

/** All counts zero, in whatever names. */
function zeroed(counts: Record<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(counts).map(([name, value]) => {
      if (typeof value === 'number') return [name, 0];
      return [name, typeof value === 'object' && value !== null ? zeroed(value as Record<string, unknown>) : value];
    }),
  );
}

it.each(FAMILIES)('R13 a stream and a JSON answer of the same call cost the same: %s', async (_, provider) => {
  const model = every.at(provider);
  for (const stream of [false, true]) expect(await (await chat(model, stream)).text()).toContain('afar');
  const [whole, streamed] = await lastUsage(2);
  expect(whole).toMatchObject({ stream: false, tokens: { input: SAID.promptTokens, output: SAID.completionTokens } });
  for (const field of ['tokens', 'billedTokens', 'statedCostNanoUsd', 'price', 'costNanoUsd', 'flags'] as const) {
    expect([field, streamed![field]]).toEqual([field, whole![field]]);
  }
});

it.each(FAMILIES)('R24 zero usage bills zero and missing usage bills a flagged estimate: %s', async (_, provider) => {
  const model = every.at(provider);
  for (const stream of [false, true]) {
    every.upstream.alter = (served) => withUsage(served, zeroed);
    await (await chat(model, stream)).text();
    every.upstream.alter = (served) => withUsage(served, () => undefined);
    await (await chat(model, stream)).text();
  }
  const usage = await lastUsage(4);
  expect(usage.map(({ tokens, flags }) => [tokens.input > 0, tokens.output > 0, flags.includes('estimated')])).toEqual([
    [false, false, false],
    [true, true, true],
    [false, false, false],
    [true, true, true],
  ]);
  expect(usage.filter(({ tokens }) => tokens.input === 0).map(({ costNanoUsd }) => costNanoUsd)).toEqual(['0', '0']);
});

it.each(FAMILIES)('R25 an upstream failure before the first token costs nothing: %s', async (_, provider) => {
  const model = every.at(provider);
  every.upstream.alter = () => [
    { status: 500, headers: {}, body: { error: { message: 'broken' }, message: 'broken' } },
  ];
  for (const stream of [false, true]) expect([stream, (await chat(model, stream)).status]).toEqual([stream, 503]);
  every.upstream.alter = (served) =>
    served.map((answer) => ({
      ...answer,
      ...(answer.chunks && { chunks: [] }),
      ...(answer.frames && { frames: [] }),
      cut: true,
    }));
  expect((await chat(model, true)).status).toBe(503);
  for (const usage of await lastUsage(3)) {
    expect(usage).toMatchObject({ outcome: 'failed', costNanoUsd: '0', tokens: { input: 0, output: 0 }, flags: [] });
  }
});

it.each(FAMILIES)('R28 the first byte and the gaps between chunks pass through: %s', async (family, provider) => {
  const model = every.at(provider);
  const pieces = Array.from({ length: 50 }, (_, place) => `piece-${place};`);
  const received = pieces.map(() => Promise.withResolvers<void>());
  every.upstream.alter = () => every.spoken(provider, pieces);
  // The next piece is written only once the caller has this one: whatever is held back on the way stops everything.
  every.upstream.pace = (written) => received[Number(/piece-(\d+);/.exec(written)?.[1])]?.promise;
  const answer = new SseAnswer(await chat(model, true));
  const texts: string[] = [];
  for (let event = await answer.next(); event !== undefined && !event.includes('[DONE]'); event = await answer.next()) {
    const text = (JSON.parse(event.slice('data: '.length)) as OpenAI.ChatCompletionChunk).choices[0]?.delta.content;
    if (!text) continue;
    texts.push(text);
    received[texts.length - 1]!.resolve();
  }
  expect([family, texts]).toEqual([family, pieces]);
});

/** Whether a body is that of a prediction that came to its end. */
function isSucceeded(body: unknown): body is object {
  return (body as { status?: unknown } | undefined)?.status === 'succeeded';
}

it.each(FAMILIES)('R29 an error is never a success: %s', async (_, provider) => {
  const model = every.at(provider);
  // Half of the answer comes, and is with the caller, before the connection breaks.
  every.upstream.alter = (served) =>
    served.map((answer) => ({
      ...answer,
      // A prediction that is looked up after the break has failed as well.
      ...(isSucceeded(answer.body) && { body: { ...answer.body, status: 'failed' } }),
      ...(answer.chunks && { chunks: answer.chunks.slice(0, Math.ceil(answer.chunks.length / 2)), cut: true }),
      ...(answer.frames && { frames: answer.frames.slice(0, Math.ceil(answer.frames.length / 2)), cut: true }),
    }));
  const text = await (await chat(model, true)).text();
  expect(text).toMatch(/data: \{"error":\{[^\n]*"code":"upstream_unavailable"[^\n]*\n\n$/);
  expect(text).not.toMatch(/\[DONE\]|"finish_reason":"stop"/);
  const openai = every.ringside.openai();
  const stream = openai.chat.completions.stream({ model, messages: [{ role: 'user', content: '«hello»' }] });
  await expect(stream.finalChatCompletion()).rejects.toThrow(OpenAI.APIError);
  expect((await lastUsage(1))[0]).toMatchObject({ outcome: 'failed', errorCode: 'upstream_unavailable' });
});
