import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Clock } from '../../../src/domain/clock.js';
import { endpointUrl, Transport } from '../../../src/upstream/http/transport.js';
import type { WireRequest } from '../../../src/upstream/wire.js';
import {
  answer,
  bytes,
  chunk,
  cut,
  delta,
  drip,
  GatedStream,
  ScriptedUpstream,
  silence,
  SSE_HEADERS,
  streamOf,
} from '../../support/scripted-upstream.js';
import { callOf, jsonOf, readAll, refusalOf, stepsOf, upstreamRoom } from '../calling.js';

/** A clock that moves only by hand. */
class HandClock extends Clock {
  ms = 0;
  override nowMs = () => this.ms;
  override elapsedMs = () => this.ms;
}

const TIMEOUTS = { connectTimeoutMs: 5_000, headersTimeoutMs: 20_000, idleTimeoutMs: 20_000, totalTimeoutMs: 20_000 };
const SOME_CHUNKS = [chunk([delta({ role: 'assistant', content: '' })]), chunk([delta({ content: 'Hel' })])];

describe('the transport', () => {
  let upstream: ScriptedUpstream;
  beforeEach(async () => {
    upstream = await ScriptedUpstream.start();
  });
  afterEach(async () => {
    await upstream.close();
  });

  const streaming = (parts = {}) => callOf({ baseUrl: upstream.url, body: { stream: true }, ...parts });
  const plain = (parts = {}) => callOf({ baseUrl: upstream.url, ...parts });

  describe('lets go of the upstream at once', () => {
    it('R23 when the caller leaves while it is silent, before any answer', async () => {
      upstream.reply(silence());
      const leaving = new AbortController();
      const answered = upstreamRoom().chat(streaming({ signal: leaving.signal }));
      await upstream.arrived(1);
      leaving.abort(new Error('left'));
      await expect(answered).rejects.toThrow('left');
      await upstream.requests[0]!.closedEarly;
    });

    it('R23 when the caller leaves while it is silent in the middle of a stream', async () => {
      upstream.reply(silence(SOME_CHUNKS));
      const leaving = new AbortController();
      const steps = await stepsOf(upstreamRoom().chat(streaming({ signal: leaving.signal })));
      let seen = (await steps.next()).value!.outputText;
      while (seen !== 'Hel') seen += (await steps.next()).value!.outputText;
      const pending = steps.next();
      leaving.abort(new Error('left'));
      await expect(pending).rejects.toThrow('left');
      await upstream.requests[0]!.closedEarly;
    });

    it('when the stream is left early', async () => {
      upstream.reply(silence(SOME_CHUNKS));
      const steps = await stepsOf(upstreamRoom().chat(streaming()));
      await steps.next();
      await steps.return!();
      await upstream.requests[0]!.closedEarly;
      expect((await steps.next()).done).toBe(true);
    });

    it('when the answer turns out to be rubbish', async () => {
      upstream.reply(silence([...SOME_CHUNKS, 'data: {rubbish}\n\n']));
      expect((await readAll(upstreamRoom().chat(streaming()))).error).toMatchObject({
        code: 'upstream_invalid_response',
      });
      await upstream.requests[0]!.closedEarly;
    });

    it('when a finished answer does not end', async () => {
      upstream.reply(silence(streamOf(['Hi'])));
      expect((await readAll(upstreamRoom().chat(streaming()))).error).toBeUndefined();
      await upstream.requests[0]!.closedEarly;
    });
  });

  it('sends nothing for a caller who has left already', async () => {
    await expect(upstreamRoom().chat(plain({ signal: AbortSignal.abort(new Error('left')) }))).rejects.toThrow('left');
    expect(upstream.count).toBe(0);
  });

  it('keeps connections for the next call, also after streams', async () => {
    const room = upstreamRoom();
    const connections = new Set<number | undefined>();
    upstream.reply((request, response) => {
      connections.add(response.socket!.remotePort);
      if (request.body.stream !== true)
        return answer(200, '{"choices":[{"message":{"content":"a"}}]}', {})(request, response, upstream);
      return bytes(streamOf(['a', 'b']), [40])(request, response, upstream);
    });
    for (let i = 0; i < 5; i++) {
      await readAll(room.chat(streaming()));
      await room.chat(plain());
    }
    expect(connections.size).toBeLessThanOrEqual(2);
  });

  it('asks for the answer with key, type and nothing that names the caller', async () => {
    await upstreamRoom().chat(plain({ apiKey: 'sk-other' }));
    expect(upstream.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer sk-other', 'content-type': 'application/json', accept: 'application/json' },
    });
    await upstreamRoom().chat(plain({ apiKey: undefined }));
    expect(upstream.requests[1]!.headers.authorization).toBeUndefined();
  });

  it('counts the time spent waiting for the upstream, and only that', async () => {
    const clock = new HandClock();
    const gate = new GatedStream(streamOf(['Hi']));
    upstream.reply(gate.script);
    const waited = { upstreamMs: 0 };
    const request: WireRequest = { provider: 'openai', baseUrl: upstream.url, path: '/x', headers: {}, body: '{}' };
    const transport = new Transport(TIMEOUTS, clock);
    const sent = transport.send(request, new AbortController().signal, waited);
    await upstream.arrived(1);
    clock.ms += 500;
    const { body } = await sent;
    const waitedForHead = waited.upstreamMs;
    expect([0, 500]).toContain(waitedForHead);
    clock.ms += 10_000;
    const reading = body[Symbol.asyncIterator]();
    const first = reading.next();
    clock.ms += 70;
    gate.release(100);
    await first;
    expect(waited.upstreamMs).toBe(waitedForHead + 70);
    await transport.close();
  });

  it('pauses the upstream when nobody reads, and loses nothing', async () => {
    const size = 64 * 1024 * 1024;
    const piece = Buffer.alloc(256 * 1024, 'x');
    let sent = 0;
    upstream.replyOnce(async (_, response) => {
      response.writeHead(200, SSE_HEADERS);
      while (sent < size) {
        sent += piece.length;
        if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end();
    });
    const transport = new Transport(TIMEOUTS, new HandClock());
    const request: WireRequest = { provider: 'openai', baseUrl: upstream.url, path: '/x', headers: {}, body: '{}' };
    const { body } = await transport.send(request, new AbortController().signal, { upstreamMs: 0 });
    const reading = body[Symbol.asyncIterator]();
    let received = (await reading.next()).value!.length as number;
    const room = upstreamRoom();
    for (let i = 0; i < 50; i++) await room.chat(plain());
    expect(sent).toBeLessThan(size / 4);
    for (let next = await reading.next(); !next.done; next = await reading.next()) received += next.value.length;
    expect(received).toBe(size);
    await transport.close();
  });

  describe('says what went wrong without saying where', () => {
    const isUnavailable = (words: RegExp) => ({
      code: 'upstream_unavailable',
      status: 503,
      message: expect.stringMatching(words),
    });

    it('a refused connection', async () => {
      await upstream.close();
      const error = await refusalOf(upstreamRoom().chat(plain()));
      expect(error).toMatchObject(isUnavailable(/^openai: the connection was refused$/));
      expect(error.message).not.toContain('127.0.0.1');
      expect(error.retryAfterMs).toBeGreaterThan(0);
    });

    it('a host that does not resolve', async () => {
      const error = await refusalOf(upstreamRoom().chat(plain({ baseUrl: 'http://nowhere.invalid/v1' })));
      expect(error).toMatchObject(isUnavailable(/^openai: its host name does not resolve/));
    });

    it('no answer in time', async () => {
      upstream.reply(silence());
      const error = await refusalOf(upstreamRoom({}, { headersTimeoutMs: 50 }).chat(plain()));
      expect(error).toMatchObject(isUnavailable(/^openai: no answer in time$/));
      await upstream.requests[0]!.closedEarly;
    });

    it('silence in the middle of a stream', async () => {
      upstream.reply(silence(SOME_CHUNKS));
      const { error, text } = await readAll(upstreamRoom({}, { idleTimeoutMs: 50 }).chat(streaming()));
      expect(error).toMatchObject(isUnavailable(/^openai: it stopped sending in the middle of its answer$/));
      expect(text).toBe('Hel');
      await upstream.requests[0]!.closedEarly;
    });

    it('an answer that drips without end', async () => {
      upstream.reply(drip(5));
      const error = await refusalOf(upstreamRoom({}, { totalTimeoutMs: 200 }).chat(plain()));
      expect(error).toMatchObject(isUnavailable(/^openai: no complete answer within 200 ms$/));
      await upstream.requests[0]!.closedEarly;
    });

    it('a connection that breaks', async () => {
      upstream.reply(cut([]));
      expect(await refusalOf(upstreamRoom().chat(plain()))).toMatchObject(
        isUnavailable(/closed before the answer was complete/),
      );
    });

    it('a body shorter than announced', async () => {
      upstream.reply((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
        response.write('{"choices":', () => response.destroy());
      });
      expect(await refusalOf(upstreamRoom().chat(plain()))).toMatchObject(isUnavailable(/^openai: the/));
    });

    it('a server that does not speak HTTP', async () => {
      const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const error = await refusalOf(upstreamRoom().chat(plain({ baseUrl })));
      server.close();
      expect(error).toMatchObject(isUnavailable(/^openai: its answer is not HTTP$/));
    });

    it('a key that cannot be a header', async () => {
      const error = await refusalOf(upstreamRoom().chat(plain({ apiKey: 'sk-line\nbreak' })));
      expect(error).toMatchObject(isUnavailable(/^openai: the call failed \(UND_ERR_INVALID_ARG\)$/));
    });
  });

  it('does not follow redirects', async () => {
    upstream.reply(answer(307, '', { location: upstream.url }));
    expect(await refusalOf(upstreamRoom().chat(plain()))).toMatchObject({ code: 'upstream_unavailable' });
    expect(upstream.count).toBe(1);
  });

  it('stops when the calls in flight have ended', async () => {
    const room = upstreamRoom();
    const gate = new GatedStream(streamOf(['Hi']));
    upstream.reply(gate.script);
    const reading = readAll(room.chat(streaming()));
    await upstream.arrived(1);
    const closed = room.onApplicationShutdown();
    gate.release(100);
    expect(await reading).toMatchObject({ text: 'Hi', error: undefined });
    await closed;
    expect(await refusalOf(room.chat(plain()))).toMatchObject({ code: 'upstream_unavailable' });
  });

  it('reaches a base URL with a path and a query', async () => {
    await jsonOf(
      upstreamRoom().chat(plain({ baseUrl: `${upstream.url.replace('/v1', '/proxy/openai/v1/')}?api-version=7` })),
    );
    expect(upstream.requests[0]!.path).toBe('/proxy/openai/v1/chat/completions?api-version=7');
  });
});

describe('where a request goes', () => {
  it.each([
    ['https://api.openai.com/v1', '/chat/completions', 'https://api.openai.com/v1/chat/completions'],
    ['https://api.openai.com/v1/', '/chat/completions', 'https://api.openai.com/v1/chat/completions'],
    ['https://x.example/a/b?k=v', '/chat/completions', 'https://x.example/a/b/chat/completions?k=v'],
    ['http://localhost:11434', '/v1/chat/completions', 'http://localhost:11434/v1/chat/completions'],
    ['http://localhost:11434/v1', '/v1/chat/completions', 'http://localhost:11434/v1/chat/completions'],
    ['localhost:11434', '/v1/chat/completions', 'http://localhost:11434/v1/chat/completions'],
    ['0.0.0.0', '/v1/chat/completions', 'http://0.0.0.0/v1/chat/completions'],
    ['https://x.example', '/v1beta/models/m:stream?alt=sse', 'https://x.example/v1beta/models/m:stream?alt=sse'],
    [
      'https://x.example/a/v1beta?k=v',
      '/v1beta/models/m:stream?alt=sse',
      'https://x.example/a/v1beta/models/m:stream?k=v&alt=sse',
    ],
  ])('%s and %s make %s', (baseUrl, path, url) => {
    expect(endpointUrl('openai', baseUrl, path).href).toBe(url);
  });

  it('is an error of configuration when it is no URL', () => {
    expect(() => endpointUrl('openai', 'http://', '/x')).toThrow('openai: its base URL is not a URL');
  });
});
