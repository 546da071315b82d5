import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered, expectFailure } from '../../support/failed-call.js';
import { Ringside } from '../../support/ringside.js';
import { answer, bytes, completion, DONE, json, type Script } from '../../support/scripted-upstream.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const PAGE = '<!doctype html><html><body>Welcome to nginx at 10.0.0.7</body></html>';
const JSON_TYPE = { 'content-type': 'application/json' };
const STREAM_TYPE = { 'content-type': 'text/event-stream' };

/** An answer in JSON whose text holds bytes that are not UTF-8. */
const brokenText = Buffer.from(JSON.stringify(completion({ text: '?' })).replace('?', '\xc3\x28'), 'latin1');

describe('an upstream that does not speak its protocol is upstream_invalid_response', () => {
  it.each<[string, Script]>([
    ['a web page under a 200', answer(200, PAGE, { 'content-type': 'text/html' })],
    ['a web page that claims to be JSON', answer(200, PAGE, JSON_TYPE)],
    ['no body', answer(200, '', JSON_TYPE)],
    ['half a JSON object', answer(200, JSON.stringify(completion({})).slice(0, 40), JSON_TYPE)],
    ['a JSON array', json([])],
    ['JSON null', answer(200, 'null', JSON_TYPE)],
    ['an object that is no completion', json({ id: 'x', object: 'chat.completion' })],
    ['a completion without choices', json({ ...completion({}), choices: [] })],
    ['a choice without a message', json({ ...completion({}), choices: [{ index: 0, text: 'Hi' }] })],
    ['JSON with bytes that are not UTF-8', answer(200, brokenText, JSON_TYPE)],
    ['a stream that nobody asked for', bytes(`data: ${JSON.stringify(completion({}))}\n\n${DONE}`)],
  ])('for a JSON answer: %s', async (_, script) => {
    ringside.upstream.replyOnce(script);
    const { message } = await expectFailure(ringside, await answered(ringside.chat()), 'upstream_invalid_response');
    expect(message).toMatch(/^openai: /);
    expect(message).not.toContain('nginx');
  });

  it.each<[string, Script]>([
    ['a web page under a 200', answer(200, PAGE, { 'content-type': 'text/html; charset=utf-8' })],
    ['JSON where a stream was asked for', json(completion({}))],
    ['an event that is not JSON', bytes(['data: hello\n\n', DONE])],
    ['an event that is no object', bytes(['data: 17\n\n', DONE])],
    [
      'bytes that are not UTF-8',
      bytes(Buffer.concat([Buffer.from('data: {"choices":["'), Buffer.from([0xff, 0xfe]), Buffer.from('"]}\n\n')])),
    ],
  ])('for a stream, before its first event: %s', async (_, script) => {
    ringside.upstream.replyOnce(script);
    await expectFailure(ringside, await answered(ringside.chat({ stream: true })), 'upstream_invalid_response');
  });

  it('for a web page that claims to be a stream: there is no event in it', async () => {
    ringside.upstream.replyOnce(answer(200, PAGE, STREAM_TYPE));
    await expectFailure(ringside, await answered(ringside.chat({ stream: true })), 'upstream_unavailable');
  });
});

describe('an upstream that refuses our key is upstream_auth_failed', () => {
  it.each<[string, number, string]>([
    [
      '401',
      401,
      'Incorrect API key provided: sk-upstream-canary. You can find your key at https://platform.example/keys',
    ],
    ['401 with a masked key', 401, 'Incorrect API key provided: sk-upst********nary.'],
    ['403', 403, 'You are not allowed to use the key sk-upstream-canary'],
    ['400 that speaks of the key', 400, 'API key not valid. Please pass a valid API key: sk-upstream-canary'],
  ])('%s, and the key is not echoed', async (_, status, message) => {
    for (const stream of [false, true]) {
      ringside.upstream.replyOnce(
        json({ error: { message, type: 'invalid_request_error', code: 'invalid_api_key' } }, { status }),
      );
      const answer = await answered(ringside.chat({ stream }));
      const shown = await expectFailure(ringside, answer, 'upstream_auth_failed');
      expect(shown.message).toMatch(/^openai: /);
      expect(answer.text + JSON.stringify([...answer.headers])).not.toMatch(/canary|nary\b|platform\.example/);
    }
  });
});
