import { expectClosedBooks, usageIn } from '../../support/closing-assertions.js';
import { answered, expectBookedFailure, expectFailure } from '../../support/failed-call.js';
import { Ringside } from '../../support/ringside.js';
import {
  answer,
  bytes,
  chunk,
  completion,
  cut,
  delta,
  DONE,
  event,
  json,
  type Script,
  streamOf,
} from '../../support/scripted-upstream.js';
import { objectsIn, textIn } from '../../support/sse-answer.js';

let ringside: Ringside;
beforeAll(async () => {
  // Nothing listens on port 1.
  ringside = await Ringside.start({ env: { OLLAMA_BASE_URL: 'http://127.0.0.1:1' } });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const MODES = [{ stream: false }, { stream: true }];

function error(
  message: string,
  { type = 'invalid_request_error', code = null as string | null, param = null as string | null } = {},
) {
  return { error: { message, type, param, code } };
}

/** An error status of OpenAI's shape. */
function failing(status: number, ...shown: Parameters<typeof error>): Script {
  return json(error(...shown), { status });
}

describe('what the provider refuses', () => {
  it.each<[string, Script, Parameters<typeof expectFailure>[2], string]>([
    [
      'a malformed request',
      failing(400, 'Invalid value for temperature', { param: 'temperature' }),
      'upstream_invalid_request',
      'Invalid value',
    ],
    [
      'an unknown model',
      failing(404, 'The model `gpt-9` does not exist', { code: 'model_not_found' }),
      'upstream_invalid_request',
      'does not exist',
    ],
    ['an unprocessable entity', failing(422, 'tools: field required'), 'upstream_invalid_request', 'field required'],
    [
      'a prompt that is too long',
      failing(400, "This model's maximum context length is 128000 tokens.", {
        code: 'context_length_exceeded',
        param: 'messages',
      }),
      'upstream_context_length_exceeded',
      'maximum context length',
    ],
    [
      'a prompt that its filter dislikes',
      failing(400, 'The response was filtered due to the content management policy.', {
        code: 'content_filter',
        param: 'prompt',
      }),
      'upstream_content_filter',
      'content management policy',
    ],
    [
      'a server error',
      failing(500, 'The server had an error', { type: 'server_error' }),
      'upstream_unavailable',
      'had an error',
    ],
    ['overload', failing(529, 'Overloaded', { type: 'overloaded_error' }), 'upstream_unavailable', 'Overloaded'],
    ['a 500 without a body', answer(500, '', {}), 'upstream_unavailable', 'HTTP 500'],
    ['a redirect', answer(302, '', { location: 'http://127.0.0.1:1/' }), 'upstream_unavailable', 'HTTP 302'],
    ['a 413', failing(413, 'Request too large'), 'upstream_invalid_request', 'too large'],
  ])('%s becomes its one code, streamed or not, and costs nothing', async (_, script, code, words) => {
    for (const mode of MODES) {
      ringside.upstream.replyOnce(script);
      const shown = await expectFailure(ringside, await answered(ringside.chat(mode)), code);
      expect(shown.message).toMatch(/^openai: /);
      expect(shown.message).toContain(words);
    }
  });

  it('keeps the provider’s param', async () => {
    ringside.upstream.replyOnce(failing(400, 'Invalid value', { param: 'top_p' }));
    expect(await expectFailure(ringside, await answered(ringside.chat()), 'upstream_invalid_request')).toMatchObject({
      param: 'top_p',
    });
  });

  it('says nothing of keys, addresses and ids', async () => {
    const message =
      'Bad sk-upstream-canary at https://internal.canary.example/x for org-canary1234567 (ko_canaryCanary12)';
    for (const status of [400, 401, 429, 500]) {
      ringside.upstream.replyOnce(failing(status, message));
      const { text } = await answered(ringside.chat());
      expect(text).not.toMatch(/canary/i);
    }
  });
});

describe('R25 an upstream failure before the first token costs nothing', () => {
  const role = chunk([delta({ role: 'assistant', content: '' })]);
  const broken = error('The server had an error', { type: 'server_error' });

  it('R25 an upstream failure before the first token costs nothing: error status', async () => {
    for (const mode of MODES) {
      ringside.upstream.replyOnce(json(broken, { status: 500 }));
      await expectFailure(ringside, await answered(ringside.chat(mode)), 'upstream_unavailable');
    }
  });

  it('R25 an upstream failure before the first token costs nothing: in-band error under a 200', async () => {
    for (const mode of MODES) {
      ringside.upstream.replyOnce(json(broken));
      await expectFailure(ringside, await answered(ringside.chat(mode)), 'upstream_unavailable');
    }
    for (const first of [event(broken), `event: error\n${event(broken.error)}`, `: thinking\n\n${event(broken)}`]) {
      ringside.upstream.replyOnce(bytes([first, DONE]));
      await expectFailure(ringside, await answered(ringside.chat({ stream: true })), 'upstream_unavailable');
    }
  });

  it('R25 an upstream failure before the first token costs nothing: cut before any content', async () => {
    const cuts: readonly string[][] = [[], [': thinking\n\n'], ['data: {"id":"chatcmpl-1","obj']];
    for (const events of cuts) {
      ringside.upstream.replyOnce(cut(events));
      await expectFailure(ringside, await answered(ringside.chat({ stream: true })), 'upstream_unavailable');
    }
    for (const nothing of ['', DONE]) {
      ringside.upstream.replyOnce(bytes(nothing));
      await expectFailure(ringside, await answered(ringside.chat({ stream: true })), 'upstream_unavailable');
    }
    ringside.upstream.replyOnce(cut([JSON.stringify(completion({})).slice(0, 60)]));
    await expectFailure(ringside, await answered(ringside.chat()), 'upstream_unavailable');
  });

  it('R25 an upstream failure before the first token costs nothing: cut or failed after the role', async () => {
    for (const script of [cut([role]), bytes([role]), bytes([role, event(broken)])]) {
      ringside.upstream.replyOnce(script);
      const { status, headers, text } = await answered(ringside.chat({ stream: true }));
      expect(status).toBe(200);
      expect(objectsIn(text).at(-1)).toMatchObject({
        error: { type: 'upstream_error', code: 'upstream_unavailable', param: null },
      });
      await expectBookedFailure(ringside, headers.get('x-request-id')!, 'upstream_unavailable');
    }
  });

  it('R25 an upstream failure before the first token costs nothing: connection refused', async () => {
    for (const mode of MODES) {
      const shown = await expectFailure(
        ringside,
        await answered(ringside.chat({ model: 'fc:ollama/llama3', ...mode })),
        'upstream_unavailable',
      );
      expect(shown.message).toBe('ollama: the connection was refused');
    }
  });

  it('R25 an upstream failure before the first token costs nothing: sandbox', async () => {
    const failures: [string, Parameters<typeof expectFailure>[2]][] = [
      ['status-500', 'upstream_unavailable'],
      ['status-429', 'upstream_quota_exceeded'],
      ['status-401', 'upstream_auth_failed'],
      ['cut-0', 'upstream_unavailable'],
    ];
    for (const [model, code] of failures) {
      for (const mode of MODES) {
        await expectFailure(ringside, await answered(ringside.chat({ model: `fc:sandbox/${model}`, ...mode })), code);
      }
    }
  });
});

describe('R29 an error is never a success', () => {
  const said = streamOf(['Hello', ' there']).slice(0, -2);
  const broken = error('The server had an error', { type: 'server_error' });

  const failures: [string, Script, Parameters<typeof expectFailure>[2]][] = [
    ['an error event', bytes([...said, event(broken)]), 'upstream_unavailable'],
    ['an error event and [DONE] after it', bytes([...said, event(broken), DONE]), 'upstream_unavailable'],
    ['an event named error', bytes([...said, `event: error\n${event(broken.error)}`]), 'upstream_unavailable'],
    [
      'a rate limit',
      bytes([...said, event(error('Rate limit reached', { type: 'rate_limit_error' }))]),
      'upstream_quota_exceeded',
    ],
    ['a dropped connection', cut(said), 'upstream_unavailable'],
    ['a body that ends too early', bytes(said), 'upstream_unavailable'],
    ['a body that ends within an event', bytes([...said, 'data: {"id":"chatcmpl-1","choi']), 'upstream_unavailable'],
    ['an event that is not JSON', bytes([...said, 'data: <html>oops</html>\n\n', DONE]), 'upstream_invalid_response'],
    [
      'bytes that are not UTF-8',
      bytes(Buffer.concat([Buffer.from(said.join('')), Buffer.from('data: "\xff\xfe"\n\n', 'latin1')])),
      'upstream_invalid_response',
    ],
  ];

  it('R29 after the first byte: an error event in the envelope, no stop, no [DONE], and what was seen is charged', async () => {
    for (const [what, script, code] of failures) {
      ringside.upstream.replyOnce(script);
      const { status, headers, text } = await answered(ringside.chat({ stream: true }));
      const { error: shown } = objectsIn(text).at(-1);
      expect([what, status, shown.code, Object.keys(shown)]).toEqual([
        what,
        200,
        code,
        ['message', 'type', 'code', 'param'],
      ]);
      expect(textIn(text)).toBe('Hello there');
      expect(text).not.toContain('[DONE]');
      expect(text).not.toContain('"stop"');
      const requestId = headers.get('x-request-id')!;
      const { data } = (await usageIn(ringside)).at(-1)!;
      expect(data).toMatchObject({ outcome: 'failed', errorCode: code, flags: ['estimated'], tokens: { output: 2 } });
      expect(await ringside.get(`/v1/requests/${requestId}`)).toMatchObject({
        outcome: 'failed',
        error_code: code,
        output_tokens: 2,
      });
    }
  });

  it('R29 in a stream that is written here, too', async () => {
    for (const cutAfter of [1, 2, 3, 4]) {
      const messages = [{ role: 'user', content: 'one two three' }];
      const { text } = await answered(ringside.chat({ model: `fc:sandbox/cut-${cutAfter}`, stream: true, messages }));
      expect(objectsIn(text).at(-1)).toMatchObject({ error: { code: 'upstream_unavailable', type: 'upstream_error' } });
      expect(textIn(text)).toBe(['', 'one', 'one two', 'one two three'][cutAfter - 1]);
      expect(text).not.toMatch(/\[DONE\]|"stop"/);
    }
  });

  it('R29 the official SDK throws, before the first byte and after it', async () => {
    const openai = ringside.openai();
    const ask = () =>
      openai.chat.completions.create({
        model: 'fc:openai/gpt-4o-mini',
        messages: [{ role: 'user', content: 'Hi' }],
        stream: true,
      });
    ringside.upstream.replyOnce(bytes([event(broken), DONE]));
    await expect(ask()).rejects.toMatchObject({ status: 503, code: 'upstream_unavailable', type: 'upstream_error' });
    for (const [, script, code] of failures) {
      ringside.upstream.replyOnce(script);
      let text = '';
      const reading = (async () => {
        for await (const { choices } of await ask()) text += choices[0]?.delta.content ?? '';
      })();
      await expect(reading).rejects.toMatchObject({ code });
      expect(text).toBe('Hello there');
    }
  });
});
