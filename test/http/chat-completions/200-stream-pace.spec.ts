import { once } from 'node:events';
import { usageBooked } from '../../support/booked.js';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { postChat } from '../../support/plain-client.js';
import { Ringside } from '../../support/ringside.js';
import {
  chunk,
  delta,
  DONE,
  GatedStream,
  type Script,
  SSE_HEADERS,
  streamOf,
} from '../../support/scripted-upstream.js';
import { serving, usageOf } from '../../support/serving.js';
import { SseAnswer, textIn } from '../../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const messages = [{ role: 'user', content: 'Count, please.' }];
const USAGE = usageOf(5, 200);
const PIECES = Array.from({ length: 200 }, (_, index) => `${index} `);

const families: [string, string, string][] = [
  ['openai, passed through', 'fc:openai/gpt-4o-mini', 'gpt-4o-mini'],
  ['ollama, written here', 'fc:ollama/llama3', 'llama3'],
];

describe('R28 the first byte and the gaps between chunks pass through', () => {
  it.each(families)(
    'R28 the upstream writes the next of 200 chunks only when the caller has the last: %s',
    async (_, model, wireModel) => {
      const events = streamOf(PIECES, { usage: USAGE, model: wireModel });
      const gate = new GatedStream(events);
      ringside.upstream.replyOnce(serving(USAGE, gate.script));
      gate.release();
      const stream = new SseAnswer(await ringside.chat({ model, stream: true }));
      expect(await stream.next()).toContain('"role":"assistant"');
      const timers = countTimers();
      for (const piece of PIECES) {
        gate.release();
        expect(textIn((await stream.next())!)).toBe(piece);
      }
      // Whatever paces or collects chunks needs a timer for each; those that run now belong to the views and the
      // connections.
      expect(timers()).toBeLessThan(PIECES.length / 4);
      gate.release(events.length);
      const end = await stream.rest();
      expect(end).toMatch(/"finish_reason":"stop".*\n\ndata: \[DONE\]\n\n$/s);
      expect((await usageIn(ringside)).at(-1)!.data).toMatchObject({ outcome: 'completed', tokens: { output: 200 } });
    },
  );

  it.each(families)(
    'R28 pieces of different choices and tool calls pass one by one: %s',
    async (_, model, wireModel) => {
      const piece = (text: string) => ({ tool_calls: [{ index: 0, function: { arguments: text } }] });
      const opening = {
        tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }],
      };
      const choices = [
        [delta({ role: 'assistant', content: null })],
        [delta(opening)],
        ...'{"a":12345}'.split('').map((character) => [delta(piece(character))]),
      ];
      const events = [
        ...choices.map((one) => chunk(one, { model: wireModel })),
        chunk([delta({}, 'tool_calls')], { model: wireModel }),
        DONE,
      ];
      const gate = new GatedStream(events);
      ringside.upstream.replyOnce(gate.script);
      gate.release();
      const stream = new SseAnswer(await ringside.chat({ model, stream: true }));
      await stream.next();
      for (let taken = 1; taken < choices.length; taken++) {
        gate.release();
        expect(await stream.next()).toContain('"tool_calls"');
      }
      gate.release(events.length);
      expect(await stream.rest()).toContain('"finish_reason":"tool_calls"');
    },
  );

  it('R28 one caller’s silence holds up nobody else', async () => {
    const waiting = new GatedStream(streamOf(['never ', 'mind']));
    ringside.upstream.replyOnce(waiting.script);
    waiting.release(1);
    const stream = new SseAnswer(await ringside.chat({ stream: true }));
    await stream.next();
    for (let call = 0; call < 20; call++) expect((await ringside.chat()).status).toBe(200);
    waiting.release(10);
    expect(await stream.rest()).toContain(DONE);
  });
});

describe('a caller that stops reading', () => {
  const CHUNK = chunk([delta({ content: 'x'.repeat(64 * 1024) })]);
  const MOST_BYTES = 512 * 1024 * 1024;

  it.each(families)('makes the upstream wait instead of filling memory: %s', async (_, model) => {
    const before = (await usageIn(ringside)).length;
    const flood = new Flood();
    ringside.upstream.replyOnce(flood.script);
    const leaving = new AbortController();
    const response = await postChat(ringside, { model, messages, stream: true }, { signal: leaving.signal });
    const stream = new SseAnswer(response);
    await stream.take(3);
    await flood.blocked;
    // Had anybody room for more, it would go there while these calls take their turns.
    const beforeTurns = flood.sentBytes;
    for (let call = 0; call < 30; call++) await ringside.chat({ model: 'fc:sandbox/echo' });
    expect(flood.sentBytes).toBeLessThan(MOST_BYTES / 8);
    expect(flood.sentBytes - beforeTurns).toBeLessThan(MOST_BYTES / 8);
    leaving.abort();
    await ringside.upstream.requests.at(-1)!.closedEarly;
    const left = (await usageBooked(ringside, before + 31)).filter(({ data }) => data.outcome === 'aborted').at(-1)!;
    expect(left.data.flags).toContain('estimated');
  });

  it('that reads again gets everything, in order', async () => {
    const flood = new Flood(64);
    ringside.upstream.replyOnce(flood.script);
    const stream = new SseAnswer(await postChat(ringside, { model: 'fc:openai/gpt-4o-mini', messages, stream: true }));
    await stream.next();
    for (let call = 0; call < 5; call++) await ringside.chat();
    const rest = await stream.rest();
    expect(rest.length).toBe(CHUNK.length * 63 + chunk([delta({}, 'stop')]).length + DONE.length);
    expect(rest.endsWith(DONE)).toBe(true);
  });

  /** An upstream that writes as fast as it is let, and knows how much it could write. */
  class Flood {
    sentBytes = 0;
    readonly blocked: Promise<void>;
    #block!: () => void;

    constructor(private readonly chunks = MOST_BYTES / CHUNK.length) {
      this.blocked = new Promise((resolve) => (this.#block = resolve));
    }

    get script(): Script {
      return async (_, response) => {
        response.writeHead(200, SSE_HEADERS);
        for (let sent = 0; sent < this.chunks && !response.destroyed; sent++) {
          this.sentBytes += CHUNK.length;
          if (response.write(CHUNK)) continue;
          this.#block();
          await Promise.race([once(response, 'drain'), once(response, 'close')]);
        }
        response.end(`${chunk([delta({}, 'stop')])}${DONE}`);
      };
    }
  }
});

/** Counts the timers that are set from now on; gives their number when asked. */
function countTimers(): () => number {
  const { setTimeout: real } = globalThis;
  let count = 0;
  globalThis.setTimeout = Object.assign(
    (...args: Parameters<typeof real>) => (count++, real(...args)),
    real,
  ) as typeof real;
  return () => {
    globalThis.setTimeout = real;
    return count;
  };
}
