import { hash } from 'node:crypto';
import { CommandBus } from '@nestjs/cqrs';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { CompleteChat } from '../../../src/gateway/complete-chat.js';
import { ServerKeys } from '../../../src/auth/server-keys.js';
import { usageBooked } from '../../support/booked.js';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { postChat } from '../../support/plain-client.js';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';
import { chunk, delta, GatedStream, type Script, silence, streamOf } from '../../support/scripted-upstream.js';
import { serving, usageOf } from '../../support/serving.js';
import { SseAnswer, textIn } from '../../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const PROMPT = 'Count to ten in words, please.';
const PIECES = ['One', ', two', ', three', ', four', ', five', ', six', ', seven', ', eight', ', nine', ', ten.'];
const USAGE = usageOf(21, 30);
const OPENAI = 'fc:openai/gpt-4o-mini';

const messages = [{ role: 'user', content: PROMPT }];

/** A call that its caller can leave, and what the book says of it afterwards. */
class LeavableCall {
  readonly #leaving = new AbortController();
  readonly answer: Promise<Response>;

  private constructor(
    private readonly bookedBefore: number,
    private readonly arrivedBefore: number,
    body: Record<string, unknown>,
  ) {
    this.answer = postChat(ringside, { model: OPENAI, messages, ...body }, { signal: this.#leaving.signal });
  }

  /** Sends a call that the upstream answers by this script. */
  static async start(script: Script, body: Record<string, unknown>): Promise<LeavableCall> {
    ringside.upstream.replyOnce(script);
    return new LeavableCall((await usageIn(ringside)).length, ringside.upstream.count, body);
  }

  /**
   * Leaves once the upstream has the request; resolves when the upstream has seen its connection closed and the call is
   * booked.
   */
  async leave() {
    await ringside.upstream.arrived(this.arrivedBefore + 1);
    this.#leaving.abort();
    await this.answer.catch(() => undefined);
    await ringside.upstream.requests[this.arrivedBefore]!.closedEarly;
    const usage = await usageBooked(ringside, this.bookedBefore + 1);
    expect(usage).toHaveLength(this.bookedBefore + 1);
    return usage.at(-1)!;
  }
}

/** What an abandoned call is charged when the provider never said its count: the prompt, and the text that came. */
function expectEstimate({ data }: Awaited<ReturnType<LeavableCall['leave']>>, text: string): void {
  expect(data).toMatchObject({
    outcome: 'aborted',
    flags: ['estimated'],
    errorCode: null,
    tokens: { output: countTokens(text) },
  });
  expect(data.tokens.input).toBeGreaterThanOrEqual(countTokens(PROMPT));
  expect(data.costNanoUsd).toBe(String(data.tokens.input * 150 + data.tokens.output * 600));
}

describe('R23 a client that leaves is charged once, for what was generated', () => {
  const events = streamOf(PIECES, { usage: USAGE });

  it.each([
    ['stream, of openai', { stream: true }],
    ['stream, of ollama', { stream: true, model: 'fc:ollama/llama3' }],
    ['JSON answer', {}],
  ])('R23 it leaves while the upstream is silent, before any answer: %s', async (_, body) => {
    const call = await LeavableCall.start(silence(), body);
    const { data } = await call.leave();
    expect(data).toMatchObject({
      outcome: 'aborted',
      flags: expect.arrayContaining(['estimated']),
      upstreamModel: null,
      tokens: { output: 0 },
    });
    expect(data.tokens.input).toBeGreaterThanOrEqual(countTokens(PROMPT));
  });

  it('R23 it leaves while the upstream has sent a head and no event', async () => {
    expectEstimate(await (await LeavableCall.start(silence([]), { stream: true })).leave(), '');
  });

  it('R23 it leaves in the middle of a JSON answer', async () => {
    const half: Script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 5000 });
      response.write('{"id":"chatcmpl-1","choices":[{"index":0,"message":{"role":"assistant","content":"One, t');
    };
    expectEstimate(await (await LeavableCall.start(half, {})).leave(), '');
  });

  it('R23 it leaves at chunk 0, at chunk k, and at the last but one, while the upstream goes on', async () => {
    for (const seen of [1, 2, 6, PIECES.length + 1, PIECES.length + 2]) {
      const gate = new GatedStream(events);
      const call = await LeavableCall.start(gate.script, { stream: true });
      gate.release(seen);
      const text = textIn(await new SseAnswer(await call.answer).take(seen));
      const usage = await call.leave();
      gate.release(events.length);
      expectEstimate(usage, text);
      expect(text).toBe(PIECES.slice(0, seen - 1).join(''));
      expect(usage.data).toMatchObject({ stream: true, upstreamModel: 'gpt-4o-mini-2024-07-18' });
    }
  });

  it('R23 it leaves after some chunks, while the upstream is silent', async () => {
    const call = await LeavableCall.start(silence(events.slice(0, 4)), { stream: true });
    const text = textIn(await new SseAnswer(await call.answer).take(4));
    expectEstimate(await call.leave(), text);
    expect(text).toBe('One, two, three');
  });

  it('R23 it leaves when the usage has come, and the provider’s count is charged', async () => {
    for (const asked of [true, false]) {
      // The finish and the usage leave in one write, so that whoever sees the first knows that the gateway has both.
      const ending = [...events.slice(0, -3), events.slice(-3, -1).join('')];
      const call = await LeavableCall.start(serving(USAGE, silence(ending)), {
        stream: true,
        stream_options: { include_usage: asked },
      });
      await new SseAnswer(await call.answer).take(events.length - (asked ? 1 : 2));
      const { data } = await call.leave();
      expect(data).toMatchObject({
        outcome: 'aborted',
        flags: [],
        tokens: { input: 21, output: 30 },
        costNanoUsd: String(21 * 150 + 30 * 600),
      });
    }
  });

  it('R23 counts tool calls and reasoning as generated text too', async () => {
    const called = {
      index: 0,
      id: 'call_1',
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"Reykjavík"' },
    };
    const spoken = [
      chunk([delta({ role: 'assistant', content: null })]),
      chunk([delta({ reasoning_content: 'The user wants the weather.' })]),
      chunk([delta({ tool_calls: [called] })]),
    ];
    const call = await LeavableCall.start(silence(spoken), { stream: true });
    await new SseAnswer(await call.answer).take(3);
    expectEstimate(
      await call.leave(),
      `The user wants the weather.${called.function.name}${called.function.arguments}`,
    );
  });

  it('R23 a sandbox call that is left is metered the same', async () => {
    const before = (await usageIn(ringside)).length;
    const leaving = new AbortController();
    const body = { model: 'fc:sandbox/slow-86400', messages, stream: true };
    const call = postChat(ringside, body, { signal: leaving.signal });
    // A sandbox cannot be asked whether a call has arrived, but a call that was sent later and is answered comes after
    // it.
    await ringside.chat({ model: 'fc:sandbox/echo' });
    leaving.abort();
    await expect(call).rejects.toThrow('abort');
    const left = (await usageBooked(ringside, before + 2)).filter(({ data }) => data.outcome === 'aborted').at(-1)!;
    expect(left.data).toMatchObject({
      refUsed: 'fc:sandbox/slow-86400',
      flags: ['estimated', 'sandbox'],
      tokens: { output: 0 },
    });
  });

  it('R23 the request log and the usage show it as estimated, and not as failed', async () => {
    const { requestId } = (await usageIn(ringside)).at(-1)!;
    expect(await ringside.get(`/v1/requests/${requestId}`)).toMatchObject({
      outcome: 'aborted',
      status: 499,
      error_code: null,
    });
    const estimated = (await usageIn(ringside)).filter(({ data }) => data.flags.includes('estimated')).length;
    expect(await ringside.get('/v1/usage')).toMatchObject({
      total: { failed_requests: 0, estimated_requests: estimated },
    });
  });
});

describe('clients that leave', () => {
  it('R23 before anything was sent upstream are charged nothing', async () => {
    const before = [(await usageIn(ringside)).length, ringside.upstream.count];
    const { app } = ringside.gateway;
    const caller = (await app.get(ServerKeys).holderOf(hash('sha256', SERVER_KEY)))!;
    for (const stream of [true, false]) {
      const call = {
        endpoint: 'chat.completions' as const,
        requestId: `req_${'0'.repeat(23)}${Number(stream)}`,
        caller,
        headers: {},
        body: { model: OPENAI, messages, stream },
        signal: AbortSignal.abort(),
        arrivedAtMs: 0,
      };
      const left = { kind: 'failed', isSent: false, error: { message: expect.stringContaining('aborted') } };
      expect(await app.get(CommandBus).execute(new CompleteChat(call))).toMatchObject(left);
    }
    expect([(await usageIn(ringside)).length, ringside.upstream.count]).toEqual(before);
  });

  it('R23 many at once, wherever they are, are each charged once', async () => {
    const before = (await usageIn(ringside)).length;
    const events = streamOf(PIECES);
    const silences = events.map((_, seen) => silence(seen === 0 ? undefined : events.slice(0, seen)));
    ringside.upstream.reply((request, ...rest) =>
      silences[Number(request.body.messages[0].content)]!(request, ...rest),
    );
    const count = 40;
    const arrived = ringside.upstream.arrived(ringside.upstream.count + count);
    const calls = Array.from({ length: count }, async (_, index) => {
      const seen = index % events.length;
      const leaving = new AbortController();
      const body = { model: OPENAI, messages: [{ role: 'user', content: String(seen) }], stream: true };
      const answer = postChat(ringside, body, { signal: leaving.signal });
      if (seen > 0) await new SseAnswer(await answer).take(seen);
      else await arrived;
      leaving.abort();
      await answer.catch(() => undefined);
    });
    await Promise.all(calls);
    const usage = (await usageBooked(ringside, before + count)).slice(before);
    expect(usage.map(({ data }) => [data.outcome, data.flags])).toEqual(calls.map(() => ['aborted', ['estimated']]));
    await Promise.all(ringside.upstream.requests.slice(-count).map(({ closedEarly }) => closedEarly));
  });
});
