import { usageBooked } from '../../support/booked.js';
import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { Ringside } from '../../support/ringside.js';
import {
  chunk,
  cut,
  delta,
  DONE,
  echo,
  GatedStream,
  json,
  silence,
  streamOf,
  type Script,
} from '../../support/scripted-upstream.js';
import { serving, usageOf } from '../../support/serving.js';
import { SseAnswer } from '../../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop(), 15_000);

let keys = 0;
const newKey = () => `key-${++keys}`;

async function call(key: string, body: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const response = await ringside.chat(body, { 'Idempotency-Key': key, ...headers });
  const of = (name: string) => response.headers.get(name);
  return {
    status: response.status,
    body: await response.text(),
    replayed: of('idempotency-replayed'),
    requestId: of('x-request-id'),
    shouldRetry: of('x-should-retry'),
  };
}

describe('a refusal leaves the key free', () => {
  it.each<[string, number, Record<string, unknown>, Record<string, string>]>([
    ['an invalid body', 400, { messages: [] }, {}],
    ['an unknown model', 400, { model: 'gpt-4o' }, {}],
    ['an unknown customer', 404, { user: `cust_${'0'.repeat(24)}` }, {}],
    ['a malformed header', 400, {}, { 'X-FC-Billable-Amount': 'much' }],
  ])(
    'R38 the same Idempotency-Key makes one upstream call and one charge: after a refusal it runs (%s)',
    async (_, status, body, headers) => {
      const key = newKey();
      const before = ringside.upstream.count;
      for (const times of [1, 2]) expect([times, (await call(key, body, headers)).status]).toEqual([times, status]);
      expect(await call(key, { messages: [{ role: 'user', content: 'other' }] })).toMatchObject({
        status: 200,
        replayed: null,
      });
      expect(ringside.upstream.count).toBe(before + 1);
    },
  );

  it('R38 the same Idempotency-Key makes one upstream call and one charge: a bad key is refused before anything else', async () => {
    const before = ringside.upstream.count;
    for (const key of ['', '""', 'x'.repeat(256), '"open']) {
      const { status, body, shouldRetry } = await call(key);
      expect([status, shouldRetry, JSON.parse(body)]).toMatchObject([
        400,
        'false',
        { error: { code: 'invalid_parameter', param: 'Idempotency-Key' } },
      ]);
    }
    expect(ringside.upstream.count).toBe(before);
  });
});

describe('a failure of the first call is the answer', () => {
  it.each<[string, Script, number, string]>([
    ['500', json({ error: { message: 'broken' } }, { status: 500 }), 503, 'upstream_unavailable'],
    ['429', json({ error: { message: 'slow down' } }, { status: 429 }), 429, 'upstream_quota_exceeded'],
    [
      '400',
      json({ error: { message: 'no such thing', param: 'temperature' } }, { status: 400 }),
      400,
      'upstream_invalid_request',
    ],
    ['401', json({ error: { message: 'bad key' } }, { status: 401 }), 502, 'upstream_auth_failed'],
    ['a web page', (_, response) => void response.writeHead(200).end('<html>'), 502, 'upstream_invalid_response'],
    ['a cut', cut([]), 503, 'upstream_unavailable'],
  ])(
    'R38 the same Idempotency-Key makes one upstream call and one charge: the upstream fails with %s',
    async (_, script, status, code) => {
      const key = newKey();
      ringside.upstream.replyOnce(script);
      const before = [ringside.upstream.count, (await usageIn(ringside)).length] as const;
      const first = await call(key, { user: 'cus_failed' });
      expect([first.status, JSON.parse(first.body)]).toMatchObject([status, { error: { code } }]);
      for (const stream of [false, true]) {
        expect(await call(key, { user: 'cus_failed', stream })).toEqual({
          ...first,
          replayed: 'true',
          shouldRetry: 'false',
        });
      }
      expect([ringside.upstream.count, (await usageIn(ringside)).length]).toEqual([before[0] + 1, before[1] + 1]);
    },
  );

  it('R38 the same Idempotency-Key makes one upstream call and one charge: a stream that broke off breaks off again', async () => {
    const key = newKey();
    ringside.upstream.replyOnce(
      cut([chunk([delta({ role: 'assistant', content: '' })]), chunk([delta({ content: 'Hel' })])]),
    );
    const before = ringside.upstream.count;
    const first = await call(key, { stream: true });
    expect(first.body).toContain('"code":"upstream_unavailable"');
    expect(first.body).not.toContain(DONE);
    expect(await call(key, { stream: true })).toEqual({ ...first, replayed: 'true' });
    const whole = await call(key);
    expect([whole.status, whole.shouldRetry, JSON.parse(whole.body)]).toMatchObject([
      503,
      'false',
      { error: { code: 'upstream_unavailable' } },
    ]);
    expect(ringside.upstream.count).toBe(before + 1);
  });
});

describe('a caller that leaves can come back for the answer', () => {
  /** Tries again, as an SDK does, until the first call is over. */
  async function comeBack(key: string, body: Record<string, unknown>) {
    for (;;) {
      const again = await call(key, body);
      if (again.status !== 409) return again;
    }
  }

  it('R38 the same Idempotency-Key makes one upstream call and one charge: the caller leaves a JSON call', async () => {
    const key = newKey();
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    ringside.upstream.replyOnce((...request) => told.then(() => echo()(...request)));
    const before = [ringside.upstream.count, (await usageIn(ringside)).length] as const;
    const leaving = new AbortController();
    const body = { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };
    const left = ringside.fetch('/v1/chat/completions', {
      body,
      headers: { 'idempotency-key': key },
      signal: leaving.signal,
    });
    await ringside.upstream.arrived(before[0] + 1);
    leaving.abort();
    await expect(left).rejects.toThrow('abort');
    tell();
    expect(await comeBack(key, body)).toMatchObject({
      status: 200,
      replayed: 'true',
      body: expect.stringContaining('"content":"Hi"'),
    });
    const usage = await usageBooked(ringside, before[1] + 1);
    expect([ringside.upstream.count, usage.length, usage.at(-1)!.data.outcome]).toEqual([
      before[0] + 1,
      before[1] + 1,
      'completed',
    ]);
  });

  it('R38 the same Idempotency-Key makes one upstream call and one charge: the caller leaves a stream', async () => {
    const key = newKey();
    const events = streamOf(['One', ', two', ', three'], { usage: usageOf(3, 9) });
    for (const seen of [1, 3]) {
      const gate = new GatedStream(events);
      ringside.upstream.replyOnce(serving(usageOf(3, 9), gate.script));
      const before = [ringside.upstream.count, (await usageIn(ringside)).length] as const;
      const leaving = new AbortController();
      const body = { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }], stream: true };
      const headers = { 'idempotency-key': `${key} ${seen}` };
      const left = ringside.fetch('/v1/chat/completions', { body, headers, signal: leaving.signal });
      gate.release(seen);
      const begun = await new SseAnswer(await left).take(seen);
      leaving.abort();
      gate.release(events.length);
      const again = await comeBack(`${key} ${seen}`, body);
      expect(again).toMatchObject({ status: 200, replayed: 'true' });
      expect(again.body.startsWith(begun)).toBe(true);
      expect(again.body.endsWith(DONE)).toBe(true);
      const usage = await usageBooked(ringside, before[1] + 1);
      expect([ringside.upstream.count, usage.length, usage.at(-1)!.data.outcome]).toEqual([
        before[0] + 1,
        before[1] + 1,
        'completed',
      ]);
    }
  });

  it('without a key a caller that leaves still ends the call at once', async () => {
    ringside.upstream.replyOnce(silence());
    const before = [ringside.upstream.count, (await usageIn(ringside)).length] as const;
    const leaving = new AbortController();
    const body = { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };
    const left = ringside.fetch('/v1/chat/completions', { body, signal: leaving.signal });
    await ringside.upstream.arrived(before[0] + 1);
    leaving.abort();
    await expect(left).rejects.toThrow('abort');
    await ringside.upstream.requests.at(-1)!.closedEarly;
    expect((await usageBooked(ringside, before[1] + 1)).at(-1)!.data.outcome).toBe('aborted');
  });
});

it('R16 a keyed call that a stop cut off is not made again', async () => {
  const first = await Ringside.start({ env: { RINGSIDE_DRAIN_TIMEOUT_MS: '1' } });
  first.upstream.replyOnce(silence());
  const running = first.chat({}, { 'idempotency-key': 'cut' });
  await first.upstream.arrived(1);
  await first.gateway.stop();
  const answer = await running;
  expect(answer.status).toBe(503);
  const second = await Ringside.start({ dir: first.dir, upstream: first.upstream });
  const again = await second.chat({}, { 'idempotency-key': 'cut' });
  const { error } = (await again.json()) as { error: object };
  expect([again.status, again.headers.get('x-should-retry'), error]).toMatchObject([
    500,
    'false',
    { message: expect.stringContaining(answer.headers.get('x-request-id')!) },
  ]);
  expect(second.upstream.count).toBe(1);
  await second.stop();
}, 30_000);
