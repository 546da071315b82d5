import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { answered, expectFailure } from '../../support/failed-call.js';
import { Ringside } from '../../support/ringside.js';
import {
  answer,
  completion,
  drip,
  json,
  type Script,
  silence,
  SSE_HEADERS,
  streamOf,
} from '../../support/scripted-upstream.js';
import { objectsIn, textIn } from '../../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({
    env: { RINGSIDE_UPSTREAM_HEADERS_TIMEOUT_MS: '300', RINGSIDE_UPSTREAM_IDLE_TIMEOUT_MS: '300' },
  });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const MODES = [{ stream: false }, { stream: true }];

describe('an upstream that is down is upstream_unavailable', () => {
  it.each<[string, Script]>([
    [
      'a web page under a 502',
      answer(502, '<html>Bad Gateway of proxy canary</html>', { 'content-type': 'text/html' }),
    ],
    ['a web page under a 404', answer(404, '<html>Not Found canary</html>', { 'content-type': 'text/html' })],
    ['a plain 503', answer(503, 'upstream connect error', { 'content-type': 'text/plain' })],
    ['a 500 whose body is garbage', answer(500, Buffer.from([0xff, 0xfe, 0x00, 0x01]), {})],
    ['a 408', json({ error: { message: 'timed out' } }, { status: 408 })],
  ])('%s', async (_, script) => {
    for (const mode of MODES) {
      ringside.upstream.replyOnce(script);
      const shown = await expectFailure(ringside, await answered(ringside.chat(mode)), 'upstream_unavailable');
      expect(shown.message).not.toContain('canary');
    }
  });

  it('a 503 that says when to come back is handed on with that', async () => {
    ringside.upstream.replyOnce(
      json({ error: { message: 'Overloaded' } }, { status: 503, headers: { 'retry-after': '7' } }),
    );
    const { headers } = await ringside.chat();
    expect([headers.get('retry-after'), headers.get('retry-after-ms')]).toEqual(['7', '7000']);
  });

  it('a connection that closes without an answer', async () => {
    for (const mode of MODES) {
      ringside.upstream.replyOnce((_, response) => void response.destroy());
      await expectFailure(ringside, await answered(ringside.chat(mode)), 'upstream_unavailable');
    }
  });
});

describe('an upstream that takes too long is upstream_unavailable, and its connection is closed', () => {
  it('when it is silent', async () => {
    for (const mode of MODES) {
      ringside.upstream.replyOnce(silence());
      const shown = await expectFailure(ringside, await answered(ringside.chat(mode)), 'upstream_unavailable');
      expect(shown.message).toBe('openai: no answer in time');
      await ringside.upstream.requests.at(-1)!.closedEarly;
    }
  });

  it('when it falls silent after its head', async () => {
    const head: Script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 });
      response.write('{"id":');
    };
    for (const [mode, script] of [
      [{ stream: false }, head],
      [{ stream: true }, silence([])],
    ] as const) {
      ringside.upstream.replyOnce(script);
      const shown = await expectFailure(ringside, await answered(ringside.chat(mode)), 'upstream_unavailable');
      expect(shown.message).toBe('openai: it stopped sending in the middle of its answer');
      await ringside.upstream.requests.at(-1)!.closedEarly;
    }
  });

  it('when it falls silent in the middle of a stream: what was seen is charged', async () => {
    ringside.upstream.replyOnce(silence(streamOf(['Hello', ' there']).slice(0, 3)));
    const { status, text } = await answered(ringside.chat({ stream: true }));
    expect([status, textIn(text), objectsIn(text).at(-1)]).toEqual([
      200,
      'Hello there',
      {
        error: {
          message: 'openai: it stopped sending in the middle of its answer',
          type: 'upstream_error',
          code: 'upstream_unavailable',
          param: null,
        },
      },
    ]);
    expect((await usageIn(ringside)).at(-1)!.data).toMatchObject({
      outcome: 'failed',
      flags: ['estimated'],
      tokens: { output: 2 },
    });
    await ringside.upstream.requests.at(-1)!.closedEarly;
  });

  it('and the next call is served as if nothing had been', async () => {
    ringside.upstream.replyOnce(
      json(completion({ usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } })),
    );
    expect((await ringside.chat()).status).toBe(200);
    expect(await ringside.upstream.connections()).toBe(1);
  });
});

describe('an upstream that drips for ever', () => {
  let impatient: Ringside;
  beforeAll(async () => {
    impatient = await Ringside.start({ env: { RINGSIDE_UPSTREAM_TOTAL_TIMEOUT_MS: '400' } });
  });
  afterEach(() => expectClosedBooks(impatient));
  afterAll(() => impatient.stop());

  it.each([
    ['spaces, where JSON is due', false, drip(20)],
    ['comments, where a stream is due', true, drip(20, ': wait\n\n', SSE_HEADERS)],
  ])('is upstream_unavailable when its time is over, and its connection is closed: %s', async (_, stream, script) => {
    impatient.upstream.replyOnce(script);
    const shown = await expectFailure(impatient, await answered(impatient.chat({ stream })), 'upstream_unavailable');
    expect(shown.message).toBe('openai: no complete answer within 400 ms');
    await impatient.upstream.requests.at(-1)!.closedEarly;
  });
});
