import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ImageFetcher, type ImageFetchOptions } from '../../../src/upstream/images/image-fetch.js';
import { json, ScriptedUpstream } from '../../support/scripted-upstream.js';
import { SettableClock } from '../../support/settable-clock.js';
import { callOf, refusalOf, upstreamRoom } from '../calling.js';

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(984)]);

describe('S26 images by URL of many calls at once', () => {
  let server: Server;
  let origin: string;
  /** Requests that are not answered yet. */
  let waiting: ServerResponse[] = [];
  let isHeld = false;
  let arrived: (() => void) | undefined;

  beforeAll(async () => {
    server = createServer((_, response) => {
      if (!isHeld) return void response.end(PNG);
      waiting.push(response);
      arrived?.();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    waiting = [];
    isHeld = false;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const fetcherOf = (options: ImageFetchOptions) =>
    new ImageFetcher(new SettableClock(), { allowLoopback: true, ...options });
  const seeing = (count: number, from = 0, parts = {}) => {
    const content = Array.from({ length: count }, (_, n) => ({
      type: 'image_url',
      image_url: { url: `${origin}/${from + n}` },
    }));
    return callOf({ body: { messages: [{ role: 'user', content }] }, ...parts });
  };
  const fetchesUnderWay = async (count: number) => {
    while (waiting.length < count) await new Promise<void>((resolve) => (arrived = resolve));
  };
  const answerAll = () => {
    isHeld = false;
    for (const response of waiting) response.end(PNG);
  };

  it('S26 together hold no more bytes than they may, until they are sent', async () => {
    const fetcher = fetcherOf({ maxHeldBytes: 2500 });
    const first = await fetcher.inlined(seeing(2), 'all');
    expect(await refusalOf(fetcher.inlined(seeing(1), 'all'))).toMatchObject({
      code: 'upstream_unavailable',
      shouldRetry: true,
    });
    fetcher.release(first);
    const again = await fetcher.inlined(seeing(2), 'all');
    fetcher.release(again);
    // Nothing of the call that was refused is counted any more.
    fetcher.release(await fetcher.inlined(seeing(2), 'all'));
  });

  it('S26 that fail count no more', async () => {
    const fetcher = fetcherOf({ maxHeldBytes: 2500, maxImageBytes: 999 });
    for (let turn = 0; turn < 5; turn++)
      expect(await refusalOf(fetcher.inlined(seeing(2), 'all'))).toMatchObject({ code: 'invalid_parameter' });
  });

  it('S26 are fetched a few at once, of one call and of all', async () => {
    isHeld = true;
    const fetcher = fetcherOf({ mostAtOnce: 5, mostAtOnceOfCall: 3 });
    const calls = [fetcher.inlined(seeing(6, 0), 'all'), fetcher.inlined(seeing(6, 10), 'all')];
    await fetchesUnderWay(5);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(waiting).toHaveLength(5);
    answerAll();
    expect((await Promise.all(calls)).map(({ body }) => (body.messages[0]!['content'] as unknown[]).length)).toEqual([
      6, 6,
    ]);
  });

  it('S26 wait for their turn no longer than for themselves', async () => {
    isHeld = true;
    const fetcher = fetcherOf({ mostAtOnce: 1 });
    const leaving = new AbortController();
    const first = fetcher.inlined(seeing(1), 'all');
    await fetchesUnderWay(1);
    const left = fetcher.inlined(seeing(1, 1, { signal: leaving.signal }), 'all');
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    answerAll();
    await first;
    await fetcher.inlined(seeing(1, 2), 'all');
  });

  it('S26 are free again once the provider begins to answer, whatever that is', async () => {
    const upstream = await ScriptedUpstream.start();
    const room = upstreamRoom({}, {}, fetcherOf({ maxHeldBytes: 1500 }));
    const ask = () => room.chat({ ...seeing(1), provider: 'ollama', baseUrl: upstream.url });
    upstream.reply(json({ error: { message: 'no' } }, { status: 400 }));
    for (let turn = 0; turn < 3; turn++)
      expect(await refusalOf(ask())).toMatchObject({ code: 'upstream_invalid_request' });
    expect(upstream.count).toBe(3);
    await upstream.close();
  });
});
