import { once } from 'node:events';
import type { AnswerLimits } from '../../../src/config/config.js';
import type { Upstream } from '../../../src/upstream/calls/upstream.js';
import {
  answer,
  bytes,
  chunk,
  delta,
  json,
  ScriptedUpstream,
  SSE_HEADERS,
  type Script,
  streamOf,
} from '../../support/scripted-upstream.js';
import { callOf, jsonOf, readAll, refusalOf, upstreamRoom } from '../calling.js';

const JSON_HEADERS = { 'content-type': 'application/json' };

/** A script that writes the same again and again until nobody listens. */
const endless =
  (piece: string, headers: Record<string, string> = SSE_HEADERS): Script =>
  async (_, response) => {
    response.writeHead(200, headers);
    while (!response.destroyed)
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  };

const choiceOf = (message: object, index = 0) => ({
  index,
  message: { role: 'assistant', ...message },
  logprobs: null,
  finish_reason: 'stop',
});
const toolCall = (n: number) => ({ id: `call_${n}`, type: 'function', function: { name: 'f', arguments: '{}' } });
const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) as unknown;
const list = <Item>(length: number, item: (n: number) => Item) => Array.from({ length }, (_, n) => item(n));

/** What a caller is told of an answer that goes beyond a limit; its client must not try again by itself, nor do we. */
const beyond = (what: RegExp) => ({
  code: 'upstream_invalid_response',
  message: expect.stringMatching(what),
  shouldRetry: false,
});

describe('S6 a provider whose answers have no measure', () => {
  let upstream: ScriptedUpstream;
  const rooms: Upstream[] = [];
  beforeEach(async () => {
    upstream = await ScriptedUpstream.start();
  });
  afterEach(async () => {
    await upstream.close();
    await Promise.all(rooms.splice(0).map((room) => room.onApplicationShutdown()));
  });

  const roomOf = (limits: Partial<AnswerLimits>) => {
    const room = upstreamRoom({}, {}, undefined, limits);
    rooms.push(room);
    return room;
  };
  const families = [
    ['passed through', { provider: 'openai' }],
    ['written here', { provider: 'ollama' }],
  ] as const;
  const ask = (limits: Partial<AnswerLimits>, parts = {}) =>
    roomOf(limits).chat(callOf({ baseUrl: upstream.url, ...parts }));
  const stream = (limits: Partial<AnswerLimits>, parts = {}) =>
    readAll(ask(limits, { body: { stream: true }, ...parts }));

  describe.each(families)('a JSON answer, %s', (_, parts) => {
    const told = (limits: Partial<AnswerLimits>) => refusalOf(ask(limits, parts));

    it('S6 that never ends is given up at the limit of bytes, and its connection closed', async () => {
      upstream.reply(endless(`{},`.repeat(5000), JSON_HEADERS));
      expect(await told({ bytes: 1_000_000 })).toMatchObject(beyond(/larger than 1000000 bytes/));
      await upstream.requests[0]!.closedEarly;
    });

    it('S6 of millions of little things is given up at the limit of memory', async () => {
      upstream.reply(answer(200, `{"choices":[],"more":{"logprobs":[${'{},'.repeat(200_000)}{}]}}`, JSON_HEADERS));
      expect(await told({ memoryBytes: 2_000_000 })).toMatchObject(beyond(/takes too much memory/));
    });

    it('S6 of more choices, tool calls or levels than any has', async () => {
      upstream.reply(json({ choices: list(9, (n) => choiceOf({ content: 'Hi' }, n)) }));
      expect(await told({ choices: 8 })).toMatchObject(beyond(/more than 8 choices/));
      upstream.reply(json({ choices: list(3, (n) => choiceOf({ content: null, tool_calls: list(3, toolCall) }, n)) }));
      expect(await told({ toolCalls: 8 })).toMatchObject(beyond(/more than 8 tool calls/));
      upstream.reply(json({ choices: [{ ...choiceOf({ content: 'x'.repeat(5000) }), logprobs: nested(50) }] }));
      expect(await told({ depth: 40 })).toMatchObject({ code: 'upstream_invalid_response' });
    });

    it('S6 within the limits is given whole, however large', async () => {
      const content = 'é"\n'.repeat(200_000);
      const whole = {
        id: 'x',
        model: 'm',
        choices: [choiceOf({ content })],
        usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      };
      upstream.reply(json(whole));
      const { json: given, outputText } = await jsonOf(ask({}, parts));
      expect(given.choices[0].message.content).toBe(content);
      expect(outputText).toBe(content);
    });
  });

  it('S6 a large answer is read while other turns of the event loop come', async () => {
    upstream.reply(answer(200, `{"choices":[],"logprobs":[${'{},'.repeat(300_000)}{}]}`, JSON_HEADERS));
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    const asking = refusalOf(ask({}));
    await upstream.arrived(1);
    turn();
    await asking;
    isOver = true;
    // As one piece it would be read between two turns.
    expect(turns).toBeGreaterThan(30);
  });

  describe.each(families)('a stream, %s', (_, parts) => {
    const read = (limits: Partial<AnswerLimits>) => stream(limits, parts);

    it('S6 that never ends is given up at the limit of bytes, with what came before', async () => {
      upstream.reply(endless(chunk([delta({ role: 'assistant', content: 'x'.repeat(1000) })])));
      const { error, text } = await read({ streamBytes: 1_000_000 });
      expect(error).toMatchObject(beyond(/longer than 1000000 bytes/));
      expect(text.length).toBeGreaterThan(500_000);
      await upstream.requests[0]!.closedEarly;
    });

    it('S7 that comes at once goes on in pieces, so that little waits for a caller who does not read', async () => {
      upstream.reply(answer(200, streamOf(list(200, () => 'x'.repeat(1000))).join(''), SSE_HEADERS));
      const exchange = await ask({}, { body: { stream: true }, ...parts });
      if (exchange.kind !== 'stream') throw new Error('no stream');
      const sizes: number[] = [];
      for await (const { bytes: piece } of exchange.steps) sizes.push(piece?.length ?? 0);
      expect(Math.max(...sizes)).toBeLessThan(20_000);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(200_000);
    });

    it('S6 of more events, choices or tool calls than any has', async () => {
      upstream.reply(endless(chunk([delta({ content: 'x' })])));
      expect((await read({ events: 2000 })).error).toMatchObject(beyond(/more than 2000 events/));
      upstream.reply(bytes(list(20, (n) => chunk([delta({ content: 'x' }, null, n)]))));
      expect((await read({ choices: 8 })).error).toMatchObject(beyond(/more than 8 choices/));
    });

    it('S6 of one event without end', async () => {
      upstream.reply(endless(`data: ${'x'.repeat(1000)}`));
      expect(await refusalOf(ask({ eventBytes: 100_000 }, { ...parts, body: { stream: true } }))).toMatchObject(
        beyond(/an event of the stream is larger than 100000 bytes/),
      );
    });

    it('S6 of one event of lines without number', async () => {
      upstream.reply(endless('data:\n'.repeat(1000)));
      expect(await refusalOf(ask({}, { ...parts, body: { stream: true } }))).toMatchObject(beyond(/too many lines/));
    });

    it('S6 that says nothing of an answer, without end', async () => {
      upstream.reply(endless(`: ping ${'x'.repeat(1000)}\n\n`));
      expect(await refusalOf(ask({}, { ...parts, body: { stream: true } }))).toMatchObject(
        beyond(/sends too much before it begins to answer/),
      );
    });

    it('S6 of an event that holds more than is read at once', async () => {
      upstream.reply(bytes([chunk([delta({ content: 'x' })]), `data: {"choices":[${'{},'.repeat(300_000)}{}]}\n\n`]));
      const { error, text } = await read({});
      expect([text, error]).toEqual(['x', expect.objectContaining({ code: 'upstream_invalid_response' })]);
    });

    it('S6 thousands of events that come at once are read in turns, and all of them', async () => {
      const pieces = list(3000, (n) => `${n} `);
      upstream.reply(bytes(streamOf(pieces)));
      const { text, steps, error } = await read({});
      expect([text, error]).toEqual([pieces.join(''), undefined]);
      expect(steps).toBeGreaterThanOrEqual(3000 / 256);
    });
  });

  it('S6 tool calls that are written here end at their limit', async () => {
    const call = (n: number) => chunk([delta({ tool_calls: [{ index: n, ...toolCall(n) }] })]);
    upstream.reply(bytes(list(20, call)));
    expect((await stream({ toolCalls: 8 }, { provider: 'ollama' })).error).toMatchObject(
      beyond(/more than 8 tool calls/),
    );
  });

  it('S6 the text of a stream that a schema is for ends where a whole answer does', async () => {
    const schema = { mismatchOf: async () => undefined };
    upstream.reply(endless(chunk([delta({ content: 'x'.repeat(1000) })])));
    expect((await stream({ bytes: 100_000 }, { schema })).error).toMatchObject(beyond(/larger than 100000 bytes/));
  });

  it('S6 an answer that is fenced and full of blanks is read in linear time', async () => {
    const blanks = `\`\`\`json\n${' '.repeat(200_000)}x`;
    const seen: (string | null)[] = [];
    const schema = {
      mismatchOf: async (answers: readonly { text: string | null }[]) =>
        void seen.push(...answers.map(({ text }) => text)),
    };
    for (const content of [blanks, '```JSON \n\n{"a":1}\n \n```\n', '```\n```', 'a ```\n{}\n```']) {
      upstream.reply(json({ choices: [choiceOf({ content })] }));
      await ask({}, { provider: 'deepseek', schema });
    }
    expect(seen).toEqual([blanks, '{"a":1}', '', 'a ```\n{}\n```']);
  });
});
