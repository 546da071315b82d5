import fc from 'fast-check';
import type { ErrorCode } from '../../../src/domain/errors.js';
import {
  answer, bytes, chunk, completion, cut, delta, DONE, event, GatedStream, json, ScriptedUpstream, sendJson, streamOf, type Script,
} from '../../support/scripted-upstream.js'; // prettier-ignore
import { callOf, chunksIn, jsonOf, readAll, refusalOf, stepsOf, upstreamRoom } from '../calling.js';

const USAGE = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
const TOKENS = {
  input: 9,
  cachedInput: 0,
  cacheWrite: 0,
  cacheWrite1h: 0,
  output: 2,
  reasoning: 0,
  audioInput: 0,
  audioOutput: 0,
};
const PROVIDERS = ['openai', 'ollama'] as const;
const room = upstreamRoom();

describe('the upstream room', () => {
  let upstream: ScriptedUpstream;
  beforeAll(async () => {
    upstream = await ScriptedUpstream.start();
  });
  afterAll(async () => {
    await room.onApplicationShutdown();
    await upstream.close();
  });

  /** A call to the scripted upstream, which answers it by this script. */
  const asking = (script: Script, body: Record<string, unknown> = {}, provider: string = 'openai', parts = {}) => {
    upstream.replyOnce(script);
    return room.chat(callOf({ provider, baseUrl: upstream.url, body, ...parts }));
  };
  const streaming = (script: Script, options?: Record<string, unknown>, provider: string = 'openai') =>
    asking(script, { stream: true, ...(options && { stream_options: options }) }, provider);

  describe('passes OpenAI’s own bytes', () => {
    it('of a JSON answer, with its counts, model and text', async () => {
      const body = JSON.stringify(completion({ text: 'Hi', usage: USAGE })).replace('"choices"', '  "choices"');
      const exchange = await jsonOf(asking(answer(200, `\n\n${body}`, { 'content-type': 'application/json' })));
      expect(exchange.body.toString()).toBe(`\n\n${body}`);
      expect(exchange).toMatchObject({
        usage: { tokens: TOKENS },
        upstreamModel: 'gpt-4o-mini-2024-07-18',
        outputText: 'Hi',
      });
    });

    it('of a stream, however the network cuts them', async () => {
      const events = streamOf(['Hel', 'lo "wörld"', ' 😀\n'], { usage: USAGE });
      const body = Buffer.from(events.join(''));
      const shown = events.slice(0, -1).join('');
      const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(cuts, fc.boolean(), async (sizes, asked) => {
          const read = await readAll(streaming(bytes(body, sizes), asked ? { include_usage: true } : {}));
          expect(read.bytes).toBe(asked ? shown : events.slice(0, -2).join('').replaceAll(',"usage":null', ''));
          expect(read).toMatchObject({
            text: 'Hello "wörld" 😀\n',
            usage: { tokens: TOKENS },
            model: 'gpt-4o-mini-2024-07-18',
            error: undefined,
          });
        }),
        { numRuns: 40 },
      );
    });

    it('of a stream that comes byte by byte, with comments and CRLF', async () => {
      const body = `: ping\r\n\r\n${streamOf(['a', 'b']).join('').replaceAll('\n', '\r\n')}`;
      const read = await readAll(streaming(bytes(body, [1])));
      expect(read.bytes.replace(/^\n/, '')).toBe(body.slice(0, body.indexOf('data: [DONE]')));
      expect(read).toMatchObject({ text: 'ab', error: undefined });
    });

    it('of everything that arrives together in one step', async () => {
      const read = await readAll(streaming(bytes(streamOf(['a', 'b', 'c', 'd']))));
      expect(read.steps).toBeLessThanOrEqual(2);
    });
  });

  describe('usage', () => {
    it.each(PROVIDERS)('R26 of %s is always asked for, and shown only if the caller asked', async (provider) => {
      const script = bytes(streamOf(['Hi'], { usage: USAGE }));
      const shown = await readAll(streaming(script, { include_usage: true }, provider));
      const hidden = await readAll(streaming(script, undefined, provider));
      expect(upstream.requests.slice(-2).map(({ body }) => body.stream_options.include_usage)).toEqual([true, true]);
      expect(chunksIn(shown.bytes).at(-1)).toMatchObject({ choices: [], usage: USAGE });
      expect(chunksIn(hidden.bytes).at(-1).choices).toHaveLength(1);
      expect(chunksIn(shown.bytes)).toHaveLength(chunksIn(hidden.bytes).length + 1);
      for (const read of [shown, hidden])
        expect(read).toMatchObject({ usage: { tokens: TOKENS }, text: 'Hi', error: undefined });
    });

    it.each(PROVIDERS)('of %s may come on the finish chunk, or on every one', async (provider) => {
      const events = [
        chunk([delta({ role: 'assistant', content: 'H' })], { usage: { ...USAGE, completion_tokens: 1 } }),
        chunk([delta({ content: 'i' }, 'stop')], { usage: USAGE }),
        DONE,
      ];
      const read = await readAll(streaming(bytes(events), { include_usage: true }, provider));
      expect(read).toMatchObject({ usage: { tokens: TOKENS }, text: 'Hi', error: undefined });
    });

    it.each<[unknown, object | undefined]>([
      [
        { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
        { ...TOKENS, input: 0, output: 0 },
      ],
      [null, undefined],
      [undefined, undefined],
      [{ prompt_tokens: 'many' }, undefined],
    ])('R24 %j is zero or missing as said', async (usage, tokens) => {
      expect((await jsonOf(asking(json({ ...completion({}), usage })))).usage?.tokens).toEqual(tokens);
      expect((await jsonOf(asking(json({ ...completion({}), usage }), {}, 'ollama'))).usage?.tokens).toEqual(tokens);
      const read = await readAll(streaming(bytes(streamOf(['Hi'], usage === undefined ? {} : { usage }))));
      expect(read.usage?.tokens).toEqual(tokens);
    });
  });

  describe('before the first token', () => {
    it.each<[string, ErrorCode, Script]>([
      ['an error status', 'upstream_unavailable', json({ error: { message: 'overloaded' } }, { status: 503 })],
      ['an error as the first event', 'upstream_quota_exceeded', bytes([event({ error: { message: 'slow', type: 'rate_limit_error' } })])],
      ['an event named error', 'upstream_unavailable', bytes(['event: error\ndata: {"message":"it broke"}\n\n'])],
      ['an error behind a comment', 'upstream_unavailable', bytes([': hi\n\n', event({ error: 'it broke' })], [6])],
      ['a stream cut before any event', 'upstream_unavailable', cut([': hi\n\n'])],
      ['a stream that ends before any event', 'upstream_unavailable', bytes('')],
      ['a stream that is done before it began', 'upstream_unavailable', bytes([DONE])],
      ['an error as JSON under a 200', 'upstream_unavailable', json({ error: { message: 'it broke' } })],
      ['an answer as JSON instead of a stream', 'upstream_invalid_response', json(completion({}))],
      ['a web page', 'upstream_invalid_response', answer(200, '<html>login here</html>', { 'content-type': 'text/html' })],
      ['bytes that are not UTF-8', 'upstream_invalid_response', bytes(Buffer.concat([Buffer.from('data: "'), Buffer.from([0xff]), Buffer.from('"\n\n')]))],
      ['an event that is not JSON', 'upstream_invalid_response', bytes(['data: {oops\n\n'])],
    ])('R25 R29 %s is thrown as %s, with a status of its own, for a stream too', async (_, code, script) => {
      for (const provider of PROVIDERS) {
        const error = await refusalOf(streaming(script, undefined, provider));
        expect(error.code).toBe(code);
        expect(error.message).toMatch(new RegExp(`^${provider}: `));
      }
    }); // prettier-ignore

    it.each<[string, ErrorCode, Script]>([
      ['an error body under a 200', 'upstream_quota_exceeded', json({ error: { message: 'insufficient_quota' } })],
      ['a web page', 'upstream_invalid_response', answer(200, '<html></html>', { 'content-type': 'text/html' })],
      ['a body that is no JSON', 'upstream_invalid_response', answer(200, '{"choices":[', { 'content-type': 'application/json' })],
      ['JSON that is no object', 'upstream_invalid_response', json([1, 2])],
      ['an object that is no completion', 'upstream_invalid_response', json({ ok: true })],
      ['an empty body', 'upstream_invalid_response', answer(200, '', {})],
      ['bytes that are not UTF-8', 'upstream_invalid_response', answer(200, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), {})],
      ['a stream', 'upstream_invalid_response', bytes(streamOf(['a']))],
      ['an answer larger than any model writes', 'upstream_invalid_response', (_, response) => void response.end(Buffer.alloc(65 * 1024 * 1024, ' '))],
    ])('R29 %s instead of a JSON answer is %s', async (_, code, script) => {
      for (const provider of PROVIDERS) expect((await refusalOf(asking(script, {}, provider))).code).toBe(code);
    }); // prettier-ignore

    it('an error keeps the provider’s words, but not the key', async () => {
      const script: Script = ({ headers }, response) =>
        sendJson(response, 400, {
          error: { message: `Bad request from ${headers.authorization}`, param: 'temperature' },
        });
      const error = await refusalOf(asking(script, {}, 'openai', { apiKey: 'plainlookingkey' }));
      expect(error).toMatchObject({ code: 'upstream_invalid_request', param: 'temperature' });
      expect(error.message).toBe('openai: Bad request from Bearer [redacted]');
    });
  });

  describe('after the first token', () => {
    const begun = [chunk([delta({ role: 'assistant', content: '' })]), chunk([delta({ content: 'Hel' })])];
    const finished = chunk([delta({}, 'stop')]);

    it.each<[string, ErrorCode, Script]>([
      ['an error in the stream', 'upstream_unavailable', bytes([...begun, event({ error: { message: 'it broke' } })])],
      ['an error behind the finish', 'upstream_unavailable', bytes([...begun, finished, event({ error: { message: 'it broke' } })])],
      ['an end without finish', 'upstream_unavailable', bytes(begun)],
      ['an end in the middle of an event', 'upstream_unavailable', bytes([...begun, 'data: {"choices":[{"ind'])],
      ['a broken connection', 'upstream_unavailable', cut(begun)],
      ['an end with one of two choices unfinished', 'upstream_unavailable', bytes([...begun, chunk([delta({ content: 'x' }, null, 1)]), finished])],
      ['rubbish', 'upstream_invalid_response', bytes([...begun, 'data: nope\n\n', finished, DONE])],
    ])('R29 %s is thrown from the steps as %s, after what came before it, and no success', async (_, code, script) => {
      for (const provider of PROVIDERS) {
        const read = await readAll(streaming(script, undefined, provider));
        expect(read.error).toMatchObject({ code });
        expect(read.text).toMatch(/^Hel/);
        expect(read.bytes).toContain('"content":"Hel"');
        expect(read.bytes).not.toContain('[DONE]');
        if (provider === 'ollama') expect(read.bytes).not.toContain('"finish_reason":"');
      }
    }); // prettier-ignore

    it.each<[string, string[]]>([
      ['an end without [DONE]', [...begun, finished]],
      ['a last event without its blank line', [...begun, finished.trimEnd()]],
      ['a finish that is repeated', [...begun, finished, finished, DONE]],
      ['a [DONE] without its blank line', [...begun, finished, DONE.trimEnd()]],
    ])('%s is a success', async (_, events) => {
      for (const provider of PROVIDERS) {
        const read = await readAll(streaming(bytes(events), undefined, provider));
        expect(read).toMatchObject({ error: undefined, text: 'Hel' });
        expect(chunksIn(read.bytes).at(-1).choices[0].finish_reason).toBe('stop');
      }
    });
  });

  it.each(PROVIDERS)('R28 every chunk of %s leaves the upstream room before the next one is sent', async (provider) => {
    const pieces = Array.from({ length: 200 }, (_, i) => ` word${i}`);
    const gate = new GatedStream(streamOf(pieces, { usage: USAGE }));
    gate.release();
    const steps = await stepsOf(streaming(gate.script, undefined, provider));
    let bytesSeen = (await steps.next()).value!.bytes!.toString();
    for (const piece of pieces) {
      gate.release();
      const step = (await steps.next()).value!;
      expect(step.outputText).toBe(piece);
      expect(step.bytes!.toString()).toContain(`"content":"${piece}"`);
      bytesSeen += step.bytes!.toString();
    }
    gate.release(100);
    for (let step = await steps.next(); !step.done; step = await steps.next())
      bytesSeen += step.value.bytes?.toString() ?? '';
    expect(chunksIn(bytesSeen)).toHaveLength(202);
  });

  describe('writes other providers’ answers in OpenAI’s shape', () => {
    it('a stream, in a dialect', async () => {
      const head = {
        id: 'chatcmpl-123',
        object: 'chat.completion.chunk',
        created: 1_760_000_000,
        model: 'llama3.2',
        system_fingerprint: 'fp_ollama',
      };
      const told = (choice: object, created = head.created) => event({ ...head, created, choices: [choice] });
      const read = await readAll(
        streaming(
          bytes([
            told({ index: 0, delta: { role: 'assistant', content: '', reasoning: 'They ask for the weather.' }, finish_reason: null }),
            told({ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }, 1_760_000_001),
            told({ index: 0, delta: { role: 'assistant', content: '', tool_calls: [{ id: 'call_a', index: 0, type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } }] }, finish_reason: null }),
            told({ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: 'stop' }),
            event({ ...head, choices: [], usage: USAGE }),
            DONE,
          ]),
          { include_usage: true },
          'ollama',
        ),
      ); // prettier-ignore
      const chunks = chunksIn(read.bytes);
      const id = chunks[0].id;
      expect(id).toBe('chatcmpl-0060abcdefghijklmnopqrst');
      expect(chunks.map((one) => [one.id, one.created])).toEqual(chunks.map(() => [id, 1_760_000_000]));
      expect(chunks.flatMap(({ choices }) => choices.map((choice: { delta: object }) => choice.delta))).toEqual([
        { role: 'assistant', content: '', refusal: null },
        { reasoning_content: 'They ask for the weather.' },
        { tool_calls: [{ index: 0, id: 'call_a', type: 'function', function: { name: 'weather', arguments: '' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '{"city":"Paris"}' } }] },
        {},
      ]);
      expect(chunks.at(-2).choices[0].finish_reason).toBe('tool_calls');
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: USAGE });
      expect(read).toMatchObject({
        text: 'They ask for the weather.weather{"city":"Paris"}',
        usage: { tokens: TOKENS },
        model: 'llama3.2',
      });
    });

    it('R33 a JSON answer, equal to what the stream comes to', async () => {
      const message = { role: 'assistant', content: '', reasoning: 'Hm.', tool_calls: [{ id: 'call_a', index: 0, type: 'function', function: { name: 'f', arguments: '{}' } }] }; // prettier-ignore
      const body = { ...completion({ usage: USAGE }), choices: [{ index: 0, message, finish_reason: 'tool_calls' }] };
      const { json: shown, outputText } = await jsonOf(asking(json(body), {}, 'ollama'));
      expect(shown.id).toBe('chatcmpl-0060abcdefghijklmnopqrst');
      expect(shown.choices).toEqual([
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            reasoning_content: 'Hm.',
            tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'f', arguments: '{}' } }],
            refusal: null,
            annotations: [],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ]);
      expect(outputText).toBe('Hm.f{}');
    });
  });

  it('what it counts is what the upstream served, over many calls of all kinds', async () => {
    const before = upstream.served.length;
    const counted = { input: 0, output: 0 };
    const calls = Array.from({ length: 300 }, async (_, i) => {
      const call = callOf({
        provider: PROVIDERS[i % 2]!,
        baseUrl: upstream.url,
        body: { stream: i % 3 === 0, messages: [{ role: 'user', content: 'x'.repeat(i) }] },
      });
      const { usage } = i % 3 === 0 ? await readAll(room.chat(call)) : await jsonOf(room.chat(call));
      counted.input += usage!.tokens.input;
      counted.output += usage!.tokens.output;
    });
    await Promise.all(calls);
    const served = upstream.served.slice(before).map(({ usage }) => usage);
    expect(served).toHaveLength(300);
    expect(counted).toEqual({
      input: served.reduce((sum, { prompt_tokens: tokens }) => sum + tokens, 0),
      output: served.reduce((sum, { completion_tokens: tokens }) => sum + tokens, 0),
    });
  });
});
