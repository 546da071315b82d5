import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConflictError, UnprocessableEntityError } from 'openai';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import {
  chunk,
  delta,
  echo,
  GatedStream,
  ScriptedUpstream,
  streamOf,
  type Script,
} from '../../support/scripted-upstream.js';
import { serving, usageOf } from '../../support/serving.js';
import { SettableClock } from '../../support/settable-clock.js';
import { SseAnswer } from '../../support/sse-answer.js';

let upstream: ScriptedUpstream;
let ringside: Ringside;
let other: Ringside;
/** The other gateway's time, from which it tells whether the first one lives. */
const otherClock = new SettableClock(Date.now());

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ringside-two-'));
  upstream = await ScriptedUpstream.start();
  ringside = await Ringside.start({ dir, upstream });
  other = await Ringside.start({ dir, upstream, clock: otherClock });
}, 30_000);
afterEach(() => expectClosedBooks(ringside));
afterAll(async () => {
  await other.gateway.stop();
  await ringside.stop();
}, 15_000);

const MODEL = 'fc:openai/gpt-4o-mini';
const messages = [{ role: 'user' as const, content: 'Say hello' }];
const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } });
const chat = (key: string, body: Record<string, unknown> = {}, at = ringside) =>
  at.chat({ messages, ...body }, { 'idempotency-key': key });
const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;

/** A script that answers when it is told to. */
function held(): { script: Script; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { script: (...request) => promise.then(() => echo()(...request)), release: resolve };
}

describe('while the first request with a key runs', () => {
  it('another one answers 409 idempotency_key_in_use, says when to come back, and sends nothing', async () => {
    const { script, release } = held();
    upstream.replyOnce(script);
    const before = upstream.count;
    const running = chat('running');
    await upstream.arrived(before + 1);
    for (const at of [ringside, other]) {
      for (const stream of [true, false]) {
        const refused = await chat('running', { stream }, at);
        expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('retry-after-ms')]).toEqual([
          409,
          '1',
          '250',
        ]);
        expect([refused.headers.get('x-should-retry'), refused.headers.get('idempotency-replayed')]).toEqual([
          null,
          null,
        ]);
        expect(await refused.json()).toEqual({
          error: {
            message: expect.any(String),
            type: 'invalid_request_error',
            code: 'idempotency_key_in_use',
            param: 'Idempotency-Key',
          },
        });
      }
    }
    expect(await codeOf(await chat('running', { temperature: 1 }))).toBe('idempotency_key_mismatch');
    release();
    const first = await (await running).text();
    expect(await (await chat('running', {}, other)).text()).toBe(first);
    expect(upstream.count).toBe(before + 1);
  });

  it('a stream in use is in use until its last event', async () => {
    const gate = new GatedStream(streamOf(['One', 'two'], { usage: usageOf(3, 4) }));
    upstream.replyOnce(serving(usageOf(3, 4), gate.script));
    const running = chat('streaming', { stream: true });
    gate.release(2);
    const answer = new SseAnswer(await running);
    const begun = await answer.take(2);
    expect(await codeOf(await chat('streaming', { stream: true }))).toBe('idempotency_key_in_use');
    gate.release(10);
    const whole = begun + (await answer.rest());
    expect(await (await chat('streaming', { stream: true }, other)).text()).toBe(whole);
  });

  it('a process that has not been heard of for 15 seconds is taken for dead, and its key for used', async () => {
    const { script, release } = held();
    upstream.replyOnce(script);
    const before = upstream.count;
    const running = chat('lost');
    await upstream.arrived(before + 1);
    otherClock.advance(24 * 3_600_000 - 60_000);
    const interrupted = await chat('lost', {}, other);
    expect([interrupted.status, interrupted.headers.get('x-should-retry')]).toEqual([500, 'false']);
    release();
    const first = await running;
    const { error } = (await interrupted.json()) as { error: { message: string; code: string } };
    expect(error).toMatchObject({
      code: 'internal_error',
      message: expect.stringContaining(`/v1/requests/${first.headers.get('x-request-id')}`),
    });
    // It was alive after all, and its answer is the answer.
    expect(await (await chat('lost', {}, other)).text()).toBe(await first.text());
    expect(upstream.count).toBe(before + 1);
    otherClock.set(Date.now());
  });
});

describe('R38 the same Idempotency-Key makes one upstream call and one charge', () => {
  it.each([false, true])(
    'R38 the same Idempotency-Key makes one upstream call and one charge: 50 simultaneous tries of the stock SDK at two processes, stream %s',
    async (stream) => {
      const { script, release } = held();
      upstream.replyOnce(script);
      const before = [upstream.count, (await usageIn(ringside)).length] as const;
      const body = { model: MODEL, messages, user: 'cus_retried' };
      const tries = Array.from({ length: 50 }, async (_, n) => {
        const { chat: api } = [ringside, other][n % 2]!.openai({ maxRetries: 40 });
        const options = keyed(`many ${stream}`);
        if (!stream) return api.completions.create(body, options);
        return api.completions
          .stream({ ...body, stream_options: { include_usage: true } }, options)
          .finalChatCompletion();
      });
      await upstream.arrived(before[0] + 1);
      release();
      const answers = await Promise.all(tries);
      const [first] = answers;
      for (const answer of answers) expect(answer).toEqual(first);
      expect([upstream.count, (await usageIn(ringside)).length]).toEqual([before[0] + 1, before[1] + 1]);
    },
    30_000,
  );
});

describe('R35 the stock SDKs call once on a refusal', () => {
  let requests: number;
  const counting = () =>
    ringside.openai({
      maxRetries: 2,
      fetch: (...request) => {
        requests++;
        return fetch(...request);
      },
    });

  it('R35 the stock SDKs call once on a refusal: idempotency_key_mismatch', async () => {
    await chat('mismatch');
    const before = upstream.count;
    requests = 0;
    const call = counting().chat.completions.create({ model: MODEL, messages, temperature: 0.5 }, keyed('mismatch'));
    await expect(call).rejects.toBeInstanceOf(UnprocessableEntityError);
    await expect(call).rejects.toMatchObject({
      status: 422,
      code: 'idempotency_key_mismatch',
      param: 'Idempotency-Key',
    });
    expect([requests, upstream.count]).toEqual([1, before]);
  });

  it('R35 the stock SDKs call once on a refusal: a failure that is given again', async () => {
    upstream.replyOnce((_, response) => void response.writeHead(500).end());
    const before = upstream.count;
    requests = 0;
    const call = counting().chat.completions.create({ model: MODEL, messages }, keyed('failed'));
    await expect(call).rejects.toMatchObject({ status: 503, code: 'upstream_unavailable' });
    // The first failure may be tried again; its repetition says that it is no use.
    expect([requests, upstream.count]).toEqual([2, before + 1]);
  });

  it('R35 the stock SDKs call again while a key is in use, and in the end say so', async () => {
    const { script, release } = held();
    upstream.replyOnce(script);
    const before = upstream.count;
    const running = chat('patient');
    await upstream.arrived(before + 1);
    requests = 0;
    const call = counting().chat.completions.create({ model: MODEL, messages }, keyed('patient'));
    await expect(call).rejects.toBeInstanceOf(ConflictError);
    expect([requests, upstream.count]).toEqual([3, before + 1]);
    release();
    await running;
  });
});

it('a key is one account’s: its fingerprint takes in the customer of the header', async () => {
  const headers = { 'idempotency-key': 'attributed' };
  const said = async (customer: string) =>
    (await ringside.chat({ messages }, { ...headers, 'FC-Customer': customer })).status;
  expect([await said('cus_a'), await said('cus_b'), await said('cus_a')]).toEqual([200, 422, 200]);
});

it('a stream whose events are cut anywhere is given again as it was', async () => {
  const events = [chunk([delta({ role: 'assistant', content: '' })]), chunk([delta({ content: 'ü'.repeat(50_000) })])];
  upstream.replyOnce((request, ...rest) =>
    echo({ chunks: 1 })({ ...request, body: { ...request.body, messages: [{ content: events.join('') }] } }, ...rest),
  );
  const first = await (await chat('long', { stream: true })).text();
  expect(await (await chat('long', { stream: true })).text()).toBe(first);
});
