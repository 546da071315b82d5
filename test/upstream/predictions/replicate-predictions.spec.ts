import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Clock } from '../../../src/domain/clock.js';
import { placeOfUrl } from '../../../src/upstream/predictions/prediction-place.js';
import { Predictions } from '../../../src/upstream/predictions/predictions.js';
import { Transport } from '../../../src/upstream/http/transport.js';
import type { WireResponse } from '../../../src/upstream/wire.js';
import { answerTerms } from '../../support/answer-limits.js';
import { refusalOf } from '../calling.js';
import { events, hangUp, json, PredictionServer } from './prediction-server.js';

/** A clock that moves only by hand. */
class HandClock extends Clock {
  ms = 0;
  override nowMs = () => this.ms;
  override elapsedMs = () => this.ms;
}

const TIMEOUTS = { connectTimeoutMs: 5_000, headersTimeoutMs: 20_000, idleTimeoutMs: 20_000, totalTimeoutMs: 20_000 };
const CREATE = 'POST /v1/models/a/b/predictions';
const GET = 'GET /v1/predictions/p1';
const STREAM = 'GET /v1/files/s1';
const CANCEL = 'POST /v1/predictions/p1/cancel';
const URLS = {
  get: 'https://api.replicate.com/v1/predictions/p1',
  cancel: 'https://api.replicate.com/v1/predictions/p1/cancel',
  stream: 'https://stream.replicate.com/v1/files/s1',
};

const prediction = (status: string, more: object = {}) => ({ id: 'p1', model: 'a/b', status, urls: URLS, ...more });
const DONE = prediction('succeeded', { output: ['Hi'] });
const output = (text: string) => `event: output\ndata: ${text}\n\n`;
const END = 'event: done\ndata: {}\n\n';

describe('predictions', () => {
  let server: PredictionServer;
  let clock: HandClock;
  let transport: Transport;
  let leaving: AbortController;
  let waited: { upstreamMs: number };
  let closing: Promise<void> | undefined;

  /** Resolves when nothing is on its way any more. */
  const settled = () => (closing ??= transport.close());

  beforeEach(async () => {
    server = await PredictionServer.start();
    server.on(CREATE, json(prediction('starting'), 201)).on(CANCEL, json(prediction('canceled')));
    clock = new HandClock();
    transport = new Transport(TIMEOUTS, new HandClock());
    leaving = new AbortController();
    waited = { upstreamMs: 0 };
    closing = undefined;
  });
  afterEach(async () => {
    await settled();
    await server.close();
  });

  const send = (accept: string, belatedMs = 60_000): Promise<WireResponse> =>
    new Predictions(transport, clock, {
      totalTimeoutMs: 60_000,
      firstPollMs: 0,
      belatedMs,
      answers: answerTerms(),
    }).send(
      {
        provider: 'replicate',
        baseUrl: server.origin,
        path: '/v1/models/a/b/predictions',
        headers: { authorization: 'Bearer r8', 'content-type': 'application/json', accept },
        body: '{"input":{"prompt":"Hi"}}',
      },
      leaving.signal,
      waited,
    );
  const whole = () => send('application/json');
  const stream = () => send('text/event-stream');

  /** Reads a body on; without a text that is waited for, to its end. */
  async function read({ body }: WireResponse, until?: string): Promise<string> {
    let all = '';
    for await (const piece of body) {
      all += piece.toString();
      if (until !== undefined && all.includes(until)) break;
    }
    return all;
  }

  /** What the server was asked for once everything on its way has arrived. */
  async function allSteps(): Promise<string[]> {
    await settled();
    return server.steps;
  }

  describe('whose caller leaves before they are known', () => {
    let created: Promise<ServerResponse>;

    beforeEach(() => {
      created = new Promise((resolve) => server.on(CREATE, resolve));
    });

    /** Leaves while the prediction is being made; the request for that is left to be answered. */
    async function leave(call: Promise<WireResponse>): Promise<ServerResponse> {
      const refused = expect(call).rejects.toThrow('left');
      const response = await created;
      clock.ms += 40;
      leaving.abort(new Error('left'));
      await refused;
      return response;
    }

    it.each([
      ['as one answer', whole],
      ['as a stream', stream],
    ])('are canceled once they are, %s', async (_, call) => {
      json(prediction('starting'), 201)(await leave(call()));
      await server.asked(CANCEL);
      expect(await allSteps()).toEqual([CREATE, CANCEL]);
      expect(waited.upstreamMs).toBe(40);
    });

    it.each<[string, ReturnType<typeof json>]>([
      ['are over', json(DONE, 201)],
      ['were refused', json({ detail: 'no' }, 422)],
      ['are none', json([1])],
      ['never will be', hangUp],
    ])('are left alone when they %s', async (_, reply) => {
      reply(await leave(whole()));
      expect(await allSteps()).toEqual([CREATE]);
    });

    it('are waited for no longer than is agreed', async () => {
      const response = await leave(send('application/json', 0));
      await once(response, 'close');
      expect(await allSteps()).toEqual([CREATE]);
    });

    it('are not made for a caller who has left already', async () => {
      leaving.abort(new Error('left'));
      await expect(whole()).rejects.toThrow('left');
      expect(await allSteps()).toEqual([]);
    });
  });

  describe('as one answer', () => {
    it('are asked for until they are over', async () => {
      server.on(GET, json(prediction('starting')), json(prediction('processing')), json(DONE));
      const answer = await whole();
      expect([answer.status, JSON.parse(await read(answer))]).toEqual([200, DONE]);
      expect(await allSteps()).toEqual([CREATE, GET, GET, GET]);
      const [created, asked] = server.seen;
      expect(created!.headers).toMatchObject({
        prefer: 'wait',
        accept: 'application/json',
        authorization: 'Bearer r8',
      });
      expect(asked!.headers).toMatchObject({ accept: 'application/json', authorization: 'Bearer r8' });
      expect(asked!.headers).not.toHaveProperty('prefer');
      expect(asked!.headers).not.toHaveProperty('content-type');
    });

    it('are one request where they are over at once', async () => {
      server.on(CREATE, json(DONE, 201));
      expect(JSON.parse(await read(await whole()))).toEqual(DONE);
      expect(await allSteps()).toEqual([CREATE]);
    });

    it('are asked for again after failures that pass', async () => {
      server.on(
        GET,
        json({ detail: 'busy' }, 503),
        hangUp,
        json(prediction('processing')),
        json({}, 429),
        json({}, 500),
        json(DONE),
      );
      expect(JSON.parse(await read(await whole()))).toEqual(DONE);
      expect(await allSteps()).toEqual([CREATE, ...Array.from({ length: 6 }, () => GET)]);
    });

    it('are given up, and canceled, after three failures in a row', async () => {
      server.on(GET, json({ detail: 'busy' }, 503));
      const answer = await whole();
      expect([answer.status, await read(answer)]).toEqual([503, '{"detail":"busy"}']);
      await server.asked(CANCEL);
      expect(await allSteps()).toEqual([CREATE, GET, GET, GET, CANCEL]);
    });

    it('are given up, and canceled, when nobody answers', async () => {
      server.on(GET, hangUp);
      expect(await refusalOf(whole())).toMatchObject({ code: 'upstream_unavailable' });
      await server.asked(CANCEL);
    });

    it('are given up, and canceled, at an error that stands', async () => {
      server.on(GET, json({ detail: 'no' }, 401));
      expect((await whole()).status).toBe(401);
      await server.asked(CANCEL);
      expect(await allSteps()).toEqual([CREATE, GET, CANCEL]);
    });

    it('are given up, and canceled, when they take too long', async () => {
      server.on(GET, (response) => {
        clock.ms += 25_000;
        json(prediction('processing'))(response);
      });
      const error = await refusalOf(whole());
      expect(error).toMatchObject({
        code: 'upstream_unavailable',
        message: 'replicate: no complete answer within 60000 ms',
      });
      await server.asked(CANCEL);
      expect(await allSteps()).toEqual([CREATE, GET, GET, GET, CANCEL]);
    });

    it('are canceled when the caller leaves between two looks', async () => {
      let reads = 0;
      // Two readings are made around the prediction's creation; the fifth is the one with which the first wait begins.
      clock.elapsedMs = () => {
        if (++reads === 5) queueMicrotask(() => leaving.abort(new Error('left')));
        return 0;
      };
      await expect(whole()).rejects.toThrow('left');
      await server.asked(CANCEL);
      expect(await allSteps()).toEqual([CREATE, CANCEL]);
    });

    it('are canceled when the caller leaves during a look', async () => {
      server.on(GET, () => leaving.abort(new Error('left')));
      await expect(whole()).rejects.toThrow('left');
      await server.asked(CANCEL);
    });

    it('are left alone when canceling them fails', async () => {
      server.on(GET, json({}, 404)).on(CANCEL, hangUp);
      expect((await whole()).status).toBe(404);
      await server.asked(CANCEL);
      await settled();
    });

    it('are given back as they came when they are none, or an error', async () => {
      server.on(CREATE, (response) => response.writeHead(200).end('[1]'), json({ detail: 'no' }, 422));
      expect(await read(await whole())).toBe('[1]');
      const refused = await whole();
      expect([refused.status, await read(refused)]).toEqual([422, '{"detail":"no"}']);
      expect(await allSteps()).toEqual([CREATE, CREATE]);
    });

    it.each<[string, unknown]>([
      ['nowhere', undefined],
      ['to no address', { get: 'predictions/p1' }],
    ])('that lead %s are no answer', async (_, urls) => {
      server.on(CREATE, json({ id: 'p1', status: 'starting', urls }, 201));
      expect(await refusalOf(whole())).toMatchObject({ code: 'upstream_invalid_response' });
    });

    it('count the time between two looks as the provider’s', async () => {
      server.on(GET, json(prediction('processing')), json(prediction('processing')), json(DONE));
      let reads = 0;
      clock.elapsedMs = () => reads++;
      await read(await whole());
      // The creation and each of three waits read the clock when they begin and when they end.
      expect(waited.upstreamMs).toBe(4);
    });
  });

  describe('as a stream', () => {
    it('stand before and behind what they write', async () => {
      server.on(STREAM, events(': hi\n\n', output('a'), output('b'), END)).on(GET, json(DONE));
      const answer = await stream();
      expect(answer.headers['content-type']).toBe('text/event-stream');
      expect(await read(answer)).toBe(
        `event: prediction\ndata: ${JSON.stringify(prediction('starting'))}\n\n: hi\n\n${output('a')}${output('b')}${END}event: prediction\ndata: ${JSON.stringify(DONE)}\n\n`,
      );
      expect(await allSteps()).toEqual([CREATE, STREAM, GET]);
      const [created, streamed] = server.seen;
      expect(created!.headers.accept).toBe('application/json');
      expect(created!.headers).not.toHaveProperty('prefer');
      expect(streamed!.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer r8' });
    });

    it('pass each event on before the next one is there', async () => {
      let open!: ServerResponse;
      server.on(STREAM, (response) => {
        open = response.writeHead(200, { 'content-type': 'text/event-stream' });
        open.write(output('0'));
      });
      server.on(GET, json(DONE));
      const body = (await stream()).body[Symbol.asyncIterator]();
      await body.next();
      for (let no = 0; no < 20; no++) {
        expect((await body.next()).value.toString()).toBe(output(String(no)));
        open.write(output(String(no + 1)));
      }
      open.end(END);
      let rest = '';
      for (let next = await body.next(); !next.done; next = await body.next()) rest += next.value.toString();
      expect(rest.startsWith(output('20') + END)).toBe(true);
    });

    it('are looked at again when they do not count as over at once', async () => {
      server.on(STREAM, events(output('a'), END)).on(GET, json(prediction('processing')), json({}, 500), json(DONE));
      expect(await read(await stream())).toContain(JSON.stringify(DONE));
      expect(await allSteps()).toEqual([CREATE, STREAM, GET, GET, GET]);
    });

    it.each<[string, Parameters<PredictionServer['on']>[1], number]>([
      ['is refused', json({}, 403), 1],
      ['finds nobody', hangUp, 3],
      ['finds something else', json([1]), 1],
    ])('end as they did when a last look %s', async (_, reply, looks) => {
      server.on(STREAM, events(output('a'), END)).on(GET, reply);
      expect(await read(await stream())).toContain(output('a') + END);
      expect(await allSteps()).toEqual([CREATE, STREAM, ...Array.from({ length: looks }, () => GET)]);
    });

    it('need no blank line at their end', async () => {
      server.on(STREAM, events(output('a'), 'event: done\ndata: {}')).on(GET, json(DONE));
      expect(await read(await stream())).toContain(`${END}event: prediction\n`);
    });

    it('are canceled when the caller leaves while they are silent', async () => {
      server.on(STREAM, (response) => response.writeHead(200).write(output('a')));
      const body = (await stream()).body[Symbol.asyncIterator]();
      await body.next();
      await body.next();
      const pending = body.next();
      leaving.abort(new Error('left'));
      await expect(pending).rejects.toThrow('left');
      await server.asked(CANCEL);
    });

    it('are canceled when nobody reads on', async () => {
      server.on(STREAM, (response) => response.writeHead(200).write(output('a')));
      await read(await stream(), 'output');
      await server.asked(CANCEL);
    });

    it('are canceled when they are cut, or end without saying so', async () => {
      server.on(
        STREAM,
        (response) => response.writeHead(200).write(output('a'), () => response.destroy()),
        events(output('a')),
      ); // prettier-ignore
      server.on(GET, json(prediction('processing')));
      await expect(stream().then(read)).rejects.toMatchObject({ code: 'upstream_unavailable' });
      await server.asked(CANCEL);
      await stream().then(read);
      expect(await allSteps()).toEqual([CREATE, STREAM, GET, CANCEL, CREATE, STREAM, GET, CANCEL]);
    });

    it.each<[string, Parameters<PredictionServer['on']>[1]]>([
      ['ends', events(output('H'))],
      ['is cut', (response) => response.writeHead(200).write(output('H'), () => response.destroy())],
    ])('B26 are whole although what they write %s without saying so, when they count as over', async (_, reply) => {
      server.on(STREAM, reply).on(GET, json(DONE));
      expect(await read(await stream())).toMatch(
        /output\ndata: H\n\nevent: output\ndata: i\n\nevent: prediction\n.*"status":"succeeded"/,
      );
      expect(await allSteps()).toEqual([CREATE, STREAM, GET]);
    });

    it('B26 are cut short when they came to something else than was read', async () => {
      server.on(STREAM, events(output('Xy'))).on(GET, json(DONE));
      expect(await read(await stream())).not.toContain('succeeded');
      expect(await allSteps()).toEqual([CREATE, STREAM, GET]);
    });

    it('are canceled when there is no stream to be had', async () => {
      server.on(STREAM, json({ detail: 'gone' }, 410));
      expect((await stream()).status).toBe(410);
      await server.asked(CANCEL);
    });

    it('H1 are looked at once behind an error, for what they have used, and not for long', async () => {
      const failed = prediction('failed', {
        error: 'NSFW',
        metrics: { input_token_count: 1000, output_token_count: 500 },
      });
      server.on(STREAM, events(output('a'), 'event: error\ndata: NSFW\n\n')).on(GET, json(failed));
      expect(await read(await stream())).toMatch(
        /event: error\ndata: NSFW\n\nevent: prediction\n.*"output_token_count":500/,
      );
      server.on(GET, () => undefined);
      const began = performance.now();
      expect(await read(await stream())).toMatch(/event: error\ndata: NSFW\n\n$/);
      expect(performance.now() - began).toBeLessThan(5000);
    });

    it('are over with an error', async () => {
      server.on(STREAM, events(output('a'), 'event: error\ndata: NSFW\n\n'));
      await read(await stream(), 'NSFW');
      expect(await allSteps()).toEqual([CREATE, STREAM]);
    });

    it('are written at once by models that write no stream', async () => {
      const urls = { get: URLS.get };
      server
        .on(CREATE, json({ ...prediction('starting'), urls }, 201))
        .on(GET, json({ ...DONE, output: 'a\r\nb\u2028c' }));
      expect(await read(await stream())).toContain('event: output\ndata: a\ndata: b\u2028c\n\nevent: prediction\n');
      expect(await allSteps()).toEqual([CREATE, GET]);
    });

    it('are the error of whoever is asked for one of those', async () => {
      server
        .on(CREATE, json({ ...prediction('starting'), urls: { get: URLS.get } }, 201))
        .on(GET, json({ detail: 'no' }, 403));
      expect((await stream()).status).toBe(403);
    });
  });
});

describe('where a prediction leads', () => {
  const API = 'https://api.replicate.com';
  it.each([
    [API, URLS.get, API, '/v1/predictions/p1'],
    [`${API}/v1`, URLS.stream, 'https://stream.replicate.com', '/v1/files/s1'],
    ['http://127.0.0.1:9/v1', URLS.stream, 'http://127.0.0.1:9/v1', '/v1/files/s1'],
    ['localhost:9', URLS.get, 'localhost:9', '/v1/predictions/p1'],
    [
      'https://proxy.example/replicate/v1',
      `${URLS.get}?a=b`,
      'https://proxy.example/replicate/v1',
      '/v1/predictions/p1?a=b',
    ],
    ['https://proxy.example/replicate', 'https://evil.example/x', 'https://proxy.example/replicate', '/x'],
    [
      'https://proxy.example/r',
      'https://proxy.example/r/v1/predictions/p1',
      'https://proxy.example',
      '/r/v1/predictions/p1',
    ],
  ])('with %s, %s is %s%s', (baseUrl, url, place, path) => {
    expect(placeOfUrl({ provider: 'replicate', baseUrl }, url)).toEqual({ baseUrl: place, path });
  });

  it.each([
    'https://evil.example/v1/predictions/p1',
    'https://replicate.com.evil.example/x',
    'https://evilreplicate.com/x',
    'http://api.replicate.com/v1/predictions/p1',
    'https://api.replicate.com@evil.example/x',
    'file:///etc/passwd',
    '/v1/predictions/p1',
    '',
    null,
    7,
  ])('from Replicate itself never to %j', (url) => {
    expect(() => placeOfUrl({ provider: 'replicate', baseUrl: API }, url)).toThrow(
      /^replicate: the prediction has (no URL|a URL that is not)/,
    );
  });
});
