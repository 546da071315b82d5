import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrame } from '../support/event-stream-frames.js';
import { expectChunkShape, expectCompletionShape } from '../support/openai-shape.js';
import { FixtureUpstream } from '../support/fixture-upstream.js';
import { caseOf } from '../support/provider-cases.js';
import { delta } from '../support/scripted-upstream.js';
import { SettableClock } from '../support/settable-clock.js';
import { Transport } from '../../src/upstream/http/transport.js';

const HEAD = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_770_000_000,
  model: 'm',
  system_fingerprint: null,
};
const USAGE = {
  prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
}; // prettier-ignore
const ROLE = { role: 'assistant', content: '', refusal: null };
const opened = (index: number, id = `call_${index}`) => ({
  tool_calls: [{ index, id, type: 'function', function: { name: 'f', arguments: '' } }],
});
const args = (index: number, text: string) => ({ tool_calls: [{ index, function: { arguments: text } }] });
const line = (chunk: object) => `data: ${JSON.stringify(chunk)}\n\n`;
const told = (content: Record<string, unknown>, finish: string | null = null, more = {}) =>
  line({ ...HEAD, choices: [{ ...delta(content, finish), ...more }] });
const STOP = told({}, 'stop');

/** Streams in which one thing is not as OpenAI has it. */
const CROOKED: readonly (readonly [string, string])[] = [
  ['no role', told({ content: 'a' }) + STOP],
  ['a role twice', told(ROLE) + told({ role: 'assistant', content: 'a' }) + STOP],
  ['text beside the role', told({ ...ROLE, content: 'a' }) + STOP],
  ['an empty delta in the middle', told(ROLE) + told({}) + STOP],
  ['an empty text', told(ROLE) + told({ content: '' }) + STOP],
  ['a text of null', told(ROLE) + told({ content: null }) + STOP],
  ['text and reasoning in one delta', told(ROLE) + told({ content: 'a', reasoning_content: 'b' }) + STOP],
  ['a finish beside text', told(ROLE) + told({ content: 'a' }, 'stop')],
  ['two finishes', told(ROLE) + STOP + STOP],
  ['no finish', told(ROLE) + told({ content: 'a' })],
  ['a finish nobody knows', told(ROLE) + told({}, 'eos')],
  ['a key of the provider’s own in a chunk', told(ROLE) + line({ ...HEAD, choices: [delta({}, 'stop')], x_groq: {} })],
  ['a key of the provider’s own in a choice', told(ROLE) + told({}, 'stop', { seed: 1 })],
  ['a key of the provider’s own in a delta', told(ROLE) + told({ reasoning: 'a' }) + STOP],
  ['logprobs left out', told(ROLE) + line({ ...HEAD, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })],
  ['another id', told(ROLE) + line({ ...HEAD, id: 'chatcmpl-2', choices: [delta({}, 'stop')] })],
  ['another time', told(ROLE) + line({ ...HEAD, created: 1, choices: [delta({}, 'stop')] })],
  ['an empty model', line({ ...HEAD, model: '', choices: [delta(ROLE)] }) + line({ ...HEAD, model: '', choices: [delta({}, 'stop')] })],
  ['another order of keys', told(ROLE) + line({ choices: [delta({}, 'stop')], ...HEAD })],
  ['usage that was not asked for', told(ROLE) + STOP + line({ ...HEAD, choices: [], usage: USAGE })],
  ['usage of null that was not asked for', told(ROLE) + line({ ...HEAD, choices: [delta({}, 'stop')], usage: null })],
  ['a tool index that starts at 1', told(ROLE) + told(opened(1)) + told(args(1, '{}')) + STOP],
  ['a gap between tool indices', told(ROLE) + told(opened(0)) + told(opened(2)) + STOP],
  ['a tool opened twice', told(ROLE) + told(opened(0)) + told(opened(0)) + STOP],
  ['two tools of one id', told(ROLE) + told(opened(0)) + told(opened(1, 'call_0')) + STOP],
  ['arguments of no tool', told(ROLE) + told(args(0, '{}')) + STOP],
  ['empty arguments', told(ROLE) + told(opened(0)) + told(args(0, '')) + STOP],
  ['arguments in the opening delta', told(ROLE) + told({ tool_calls: [{ ...opened(0).tool_calls[0], function: { name: 'f', arguments: '{}' } }] }) + STOP],
  ['spaces in the JSON', told(ROLE) + STOP.replace('"choices":', '"choices": ')],
  ['CRLF', (told(ROLE) + STOP).replaceAll('\n', '\r\n')],
  ['an event name', `event: x\n${told(ROLE)}${STOP}`],
]; // prettier-ignore

const MESSAGE = { role: 'assistant', content: 'a', refusal: null, annotations: [] };
const COMPLETION = {
  id: 'chatcmpl-1', object: 'chat.completion', created: 1_770_000_000, model: 'm',
  choices: [{ index: 0, message: MESSAGE, logprobs: null, finish_reason: 'stop' }], usage: USAGE, system_fingerprint: null,
}; // prettier-ignore
const saying = (message: object, more = {}) => ({
  ...COMPLETION,
  choices: [{ ...COMPLETION.choices[0], message, ...more }],
});

describe('the suite of providers finds', () => {
  it('nothing in a stream as OpenAI writes it', () => {
    const text = told(ROLE) + told({ content: 'a' }) + told({ reasoning_content: 'b' });
    expectChunkShape(
      text + told(opened(0)) + told(opened(1)) + told(args(0, '{}')) + told(args(1, '{}')) + told({}, 'tool_calls'),
      {
        includeUsage: false,
      },
    );
    expectChunkShape(text, { includeUsage: false, broken: true });
    const counting = [delta(ROLE), delta({}, 'stop')]
      .map((choice) => line({ ...HEAD, choices: [choice], usage: null }))
      .join('');
    expectChunkShape(counting + line({ ...HEAD, choices: [], usage: USAGE }), { includeUsage: true });
  });

  it.each(CROOKED)('%s', (_, bytes) => {
    expect(() => expectChunkShape(bytes, { includeUsage: false })).toThrow();
  });

  it('a finish in a stream that broke', () => {
    expect(() => expectChunkShape(told(ROLE) + STOP, { includeUsage: false, broken: true })).toThrow();
  });

  it('nothing in an answer as OpenAI writes it', () => {
    expectCompletionShape(JSON.stringify(COMPLETION));
  });

  it.each<[string, object]>([
    ['tool calls that are none', saying({ ...MESSAGE, tool_calls: [] })],
    ['a refusal left out', saying({ role: 'assistant', content: 'a', annotations: [] })],
    ['logprobs left out', saying(MESSAGE, { logprobs: undefined })],
    ['an index in a tool call', saying({ role: 'assistant', content: null, tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }], refusal: null })],
    ['a key of the provider’s own', { ...COMPLETION, x_groq: {} }],
    ['a key of the provider’s own in a choice', saying(MESSAGE, { native_finish_reason: 'STOP' })],
    ['a key of the provider’s own in the usage', { ...COMPLETION, usage: { ...USAGE, cost: 1 } }],
    ['a total that is none', { ...COMPLETION, usage: { ...USAGE, total_tokens: 6 } }],
    ['more cached tokens than there are', { ...COMPLETION, usage: { ...USAGE, prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 } } }],
    ['another order of keys', Object.fromEntries(Object.entries(COMPLETION).reverse())],
  ])('%s in an answer', (_, answer) => {
    expect(() => expectCompletionShape(JSON.stringify(answer))).toThrow();
  }); // prettier-ignore
});

describe('a fixture', () => {
  let folder: string;
  const whole = {
    call: { model: 'm', body: { messages: [] } },
    upstream: [{ sent: { path: '/' }, answer: { status: 200, body: {} } }],
    expect: { content: 'a', finish_reason: 'stop', model: 'm', usage: null },
  };
  const reading = (name: string, fixture: object) => {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(fixture));
    return () => caseOf(folder, 'acme', name);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringside-fixtures-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('that shows its case is read', () => expect(reading('text', whole)()).toEqual(whole));

  it.each<[string, string, object]>([
    ['"expects" is not a field', 'text', { ...whole, expects: 1 }],
    ['"call.modle" is not a field', 'text', { ...whole, call: { ...whole.call, modle: 'm' } }],
    ['"expect.tool_call" is not a field', 'text', { ...whole, expect: { ...whole.expect, tool_call: [] } }],
    ['"expect.usage" is missing', 'text', { ...whole, expect: { content: 'a', finish_reason: 'stop', model: 'm' } }],
    ['must show an answer with text', 'text', { ...whole, expect: { ...whole.expect, content: '' } }],
    ['must show what is sent', 'text', { ...whole, upstream: [] }],
    ['must show a request with "stream": true', 'text-stream', whole],
    ['must show a tool call with arguments', 'tool-call', whole],
    ['with retry_after_ms', 'rate-limit', { ...whole, expect: { error: { code: 'upstream_quota_exceeded' } } }],
    [
      'before anything is sent',
      'vision',
      { ...whole, expect: { error: { code: 'unsupported_parameter', param: 'messages' } } },
    ],
  ])('that is not one is told: %s (%s)', (what, name, fixture) => {
    expect(reading(name, fixture)).toThrow(what);
  });

  it('that is not there is named', () => {
    expect(() => caseOf(folder, 'acme', 'tool-result')).toThrow('acme lacks the case "tool-result"');
  });
});

describe('frames of an event stream', () => {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);

  it.each([
    ['event', { ':event-type': 'contentBlockDelta', ':content-type': 'application/json' }],
    ['exception', { ':exception-type': 'contentBlockDelta', ':content-type': 'application/json' }],
    ['error', { ':error-code': 'contentBlockDelta', ':error-message': 'Grüße 👋' }],
  ] as const)('are what AWS’s own code reads: %s', (type, headers) => {
    const payload = { message: 'Grüße 👋' };
    const read = codec.decode(encodeFrame({ type, name: 'contentBlockDelta', payload }));
    const texts = Object.fromEntries(Object.entries(read.headers).map(([name, { value }]) => [name, value]));
    expect(texts).toEqual({ ...headers, ':message-type': type });
    expect(Buffer.from(read.body).toString()).toBe(type === 'error' ? '' : JSON.stringify(payload));
  });
});

describe('the server of fixtures', () => {
  let server: FixtureUpstream;
  beforeAll(async () => {
    server = await FixtureUpstream.start();
  });
  afterAll(async () => {
    await server.close();
  });

  it.each<[string, readonly number[], (bytes: number) => [number, number]]>([
    ['as a whole', [Infinity], () => [1, 1]],
    ['byte by byte', [1], (bytes) => [bytes * 0.9, bytes]],
    ['in random pieces', [7, 3, 11], (bytes) => [bytes / 8, bytes / 7 + 1]],
  ])('cuts a body %s, and the pieces arrive as such', async (_, cutting, bounds) => {
    const body = { text: 'Grüße 👋'.repeat(40) };
    server.plan([{ sent: { path: '/' }, answer: { status: 200, body } }], cutting);
    const transport = new Transport(
      { connectTimeoutMs: 5000, headersTimeoutMs: 5000, idleTimeoutMs: 5000, totalTimeoutMs: 5000 },
      new SettableClock(),
    );
    const request = { provider: 'acme', baseUrl: server.origin, path: '/', headers: {}, body: '{}' };
    const response = await transport.send(request, new AbortController().signal, { upstreamMs: 0 });
    const pieces: Buffer[] = [];
    for await (const piece of response.body) pieces.push(piece);
    await transport.close();
    const whole = Buffer.concat(pieces);
    expect(whole.toString()).toBe(JSON.stringify(body));
    const [least, most] = bounds(whole.length);
    expect(pieces.length).toBeGreaterThanOrEqual(least);
    expect(pieces.length).toBeLessThanOrEqual(most);
  });
});
