import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Clock } from '../../../src/domain/clock.js';
import { ImageFetcher, type ImageFetchOptions } from '../../../src/upstream/images/image-fetch.js';
import { isPublicAddress } from '../../../src/network/public-address.js';
import { completion, json, ScriptedUpstream } from '../../support/scripted-upstream.js';
import { SettableClock } from '../../support/settable-clock.js';
import { callOf, refusalOf, upstreamRoom } from '../calling.js';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const JPEG = Buffer.from('ffd8ffe000104a464946000101', 'hex');
const GIF = Buffer.from('GIF89a\x01\x00\x01\x00', 'latin1');
const WEBP = Buffer.from('RIFF\x24\x00\x00\x00WEBPVP8 ', 'latin1');
const dataUrl = (type: string, bytes: Buffer) => `data:image/${type};base64,${bytes.toString('base64')}`;

const image = (url: string, more = {}) => ({ type: 'image_url', image_url: { url, ...more } });
const textPart = { type: 'text', text: 'What is this?' };
const seeing = (...parts: unknown[]) => callOf({ body: { messages: [{ role: 'user', content: parts }] } });

/** A clock that moves only by hand. */
class HandClock extends Clock {
  ms = 0;
  override nowMs = () => this.ms;
  override elapsedMs = () => this.ms;
}

describe('images by URL', () => {
  let server: Server;
  let origin: string;
  let port: number;
  let seen: IncomingMessage[] = [];
  let pages: Record<string, (response: ServerResponse) => void> = {};

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push(request);
      const page = pages[request.url!];
      if (page) page(response);
      else response.writeHead(404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    origin = `http://127.0.0.1:${port}`;
  });
  beforeEach(() => {
    seen = [];
    pages = {
      '/a': (response) => response.end(PNG),
      '/b.html': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(JPEG),
      '/c.gif': (response) => response.end(GIF),
      '/d?size=2': (response) => response.end(WEBP),
    };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const fetcher = (options: ImageFetchOptions = {}) =>
    new ImageFetcher(new SettableClock(), { allowLoopback: true, ...options });
  const contentOf = async (parts: unknown[], which: 'all' | 'unless-typed' = 'all', options?: ImageFetchOptions) =>
    (await fetcher(options).inlined(seeing(...parts), which)).body.messages[0]!['content'];
  const failure = (url: string, options?: ImageFetchOptions) =>
    refusalOf(contentOf([textPart, image(url)], 'all', options));
  const redirect =
    (location: string, status = 302) =>
    (response: ServerResponse) =>
      void response.writeHead(status, { location }).end();

  describe('become data: URLs', () => {
    it('of the type that their bytes say', async () => {
      const parts = [
        textPart,
        ...['/a', '/b.html', '/c.gif', '/d?size=2'].map((path) => image(origin + path, { detail: 'low' })),
      ];
      expect(await contentOf(parts)).toEqual([
        textPart,
        ...[dataUrl('png', PNG), dataUrl('jpeg', JPEG), dataUrl('gif', GIF), dataUrl('webp', WEBP)].map((url) => image(url, { detail: 'low' })),
      ]); // prettier-ignore
      expect(seen[0]!.headers).toMatchObject({ host: `127.0.0.1:${port}`, 'accept-encoding': 'identity' });
      expect(seen[0]!.headers).not.toHaveProperty('authorization');
    });

    it('once for each URL, wherever it stands, while everything else stays as it is', async () => {
      const given = callOf({
        body: {
          temperature: 1,
          messages: [
            { role: 'system', content: 'Look.' },
            { role: 'user', content: [image(`${origin}/a`), image('data:image/png;base64,AA')] },
            {
              role: 'tool',
              tool_call_id: 'x',
              content: [{ type: 'image_url', image_url: ` ${origin}/a` }, image(`${origin}/a`)],
            },
          ],
        },
      });
      const { body, ...rest } = await fetcher().inlined(given, 'all');
      expect(body).toEqual({
        ...given.body,
        messages: [
          { role: 'system', content: 'Look.' },
          { role: 'user', content: [image(dataUrl('png', PNG)), image('data:image/png;base64,AA')] },
          { role: 'tool', tool_call_id: 'x', content: [image(dataUrl('png', PNG)), image(dataUrl('png', PNG))] },
        ],
      });
      expect({ ...rest, body: given.body }).toEqual(given);
      expect(seen).toHaveLength(2);
    });

    it('unless the path has a file extension, where that is enough', async () => {
      const typed = [image(`${origin}/c.gif`), image(`${origin}/x.JPEG?y=1`), image(`${origin}/x.webp#z`)];
      expect(
        await contentOf([...typed, image(`${origin}/d?size=2`), image(`${origin}/b.html`)], 'unless-typed'),
      ).toEqual([...typed, image(dataUrl('webp', WEBP)), image(dataUrl('jpeg', JPEG))]);
      expect(seen).toHaveLength(2);
    });

    it('not at all where there are none, and then the call is the same', async () => {
      const call = seeing(textPart, image('data:image/png;base64,AA'), image('gs://bucket/x.png'), {
        type: 'file',
        file: {},
      });
      expect(await fetcher().inlined(call, 'all')).toBe(call);
    });

    it('by way of three redirects', async () => {
      pages['/1'] = redirect('/2', 301);
      pages['/2'] = redirect(`http://localhost:${port}/3`, 307);
      pages['/3'] = redirect('a', 308);
      expect(await contentOf([image(`${origin}/1`)])).toEqual([image(dataUrl('png', PNG))]);
      expect(seen.map(({ url, headers: { host } }) => `${host}${url}`)).toEqual(
        [`127.0.0.1:${port}/1`, `127.0.0.1:${port}/2`, `localhost:${port}/3`, `localhost:${port}/a`],
      ); // prettier-ignore
    });

    it('from the address that was checked, whatever the name leads to later', async () => {
      let asked = 0;
      const resolve = async () => {
        asked++;
        return [{ address: '127.0.0.1', family: 4 }];
      };
      expect(await contentOf([image(`http://images.invalid:${port}/a`)], 'all', { resolve })).toEqual([
        image(dataUrl('png', PNG)),
      ]);
      expect(seen[0]!.headers.host).toBe(`images.invalid:${port}`);
      expect(asked).toBe(1);
    });

    it('all at the same time, and the time is time spent waiting', async () => {
      const clock = new HandClock();
      const held: ServerResponse[] = [];
      for (const path of ['/x', '/y', '/z']) {
        pages[path] = (response) => {
          held.push(response);
          if (held.length < 3) return;
          clock.ms += 500;
          for (const one of held) one.end(PNG);
        };
      }
      const call = seeing(image(`${origin}/x`), image(`${origin}/y`), image(`${origin}/z`));
      await new ImageFetcher(clock, { allowLoopback: true }).inlined(call, 'all');
      expect(call.waited.upstreamMs).toBe(500);
    });
  });

  describe('are asked for at public addresses alone', () => {
    it.each([
      ['127.0.0.1'], ['localhost'], ['[::1]'], ['0.0.0.0'], ['[::]'], ['127.1'], ['2130706433'], ['0x7f.1'], ['[::ffff:127.0.0.1]'],
      ['[::ffff:7f00:1]'], ['[::127.0.0.1]'], ['10.0.0.1'], ['172.16.0.1'], ['192.168.1.1'], ['100.64.0.1'], ['169.254.169.254'],
      ['[::ffff:169.254.169.254]'], ['[fd00:ec2::254]'], ['[fe80::1]'], ['[fc00::1]'], ['[fec0::1]'], ['168.63.129.16'], ['100.100.100.200'],
      ['192.0.0.192'], ['[64:ff9b::7f00:1]'], ['[2002:7f00:1::]'], ['[2001:db8::1]'], ['224.0.0.1'], ['255.255.255.255'],
    ])('not at %s', async (host) => {
      const url = `http://${host}:${port}/a`;
      const error = await refusalOf(new ImageFetcher(new SettableClock()).inlined(seeing(textPart, image(url)), 'all'));
      expect(error).toMatchObject({ code: 'invalid_parameter', status: 400, param: 'messages[0].content[1].image_url' });
      expect(error.message).toBe('the image cannot be fetched: it is not at a public address');
      expect(seen).toHaveLength(0);
    }); // prettier-ignore

    it.each([
      ['one of them private', ['93.184.215.14', '10.0.0.1']],
      ['the metadata service', ['169.254.169.254']],
      ['none', []],
      ['nonsense', ['not an address']],
    ])('not where a name leads to %s', async (_, addresses) => {
      const resolve = async () => addresses.map((address) => ({ address, family: 4 }));
      const error = await failure(`http://images.example:${port}/a`, { resolve });
      expect(error.message).toBe('the image cannot be fetched: it is not at a public address');
      expect(seen).toHaveLength(0);
    });

    it.each(['http://169.254.169.254/latest/meta-data/', '//10.0.0.1/x', 'http://[fd00:ec2::254]/'])(
      'not by way of a redirect to %s',
      async (location) => {
        pages['/away'] = redirect(location);
        const error = await failure(`${origin}/away`);
        expect(error).toMatchObject({
          code: 'invalid_parameter',
          message: 'the image cannot be fetched: it is not at a public address',
        });
        expect(seen).toHaveLength(1);
      },
    );

    it.each(['8.8.8.8', '93.184.215.14', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('which %s is', (address) => {
      expect(isPublicAddress(address)).toBe(true);
    });
  });

  describe('cannot be had', () => {
    it.each<[string, string, RegExp, ((response: ServerResponse) => void)?]>([
      ['what is not there', '/nothing', /: its server answered HTTP 404$/],
      ['a web page', '/page', /: it is not PNG, JPEG, GIF or WebP$/, (response) => response.writeHead(200, { 'content-type': 'image/png' }).end('<html>')],
      ['nothing', '/empty', /: it is not PNG/, (response) => response.end()],
      ['an empty answer', '/204', /HTTP 204$/, (response) => response.writeHead(204).end()],
      ['a redirect to nowhere', '/lost', /HTTP 302$/, (response) => response.writeHead(302).end()],
      ['a redirect to a file', '/file', /: its URL is not http or https$/, (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end()],
      ['a redirect in a circle', '/circle', /: it is redirected more than 3 times$/, (response) => response.writeHead(302, { location: '/circle' }).end()],
      ['a body cut short', '/cut', /: the (connection was closed before the answer was complete|answer was cut short)$/, (response) => { response.writeHead(200, { 'content-length': 100 }); response.write(PNG, () => response.destroy()); }],
      ['more than 20 MB', '/large', /: it is larger than 20971520 bytes$/, (response) => void response.writeHead(200, { 'content-length': 20971521 }).flushHeaders()],
    ])('%s', async (...[, path, words, page]) => {
      if (page) pages[path] = page;
      const error = await failure(origin + path);
      expect(error).toMatchObject({ code: 'invalid_parameter', status: 400, param: 'messages[0].content[1].image_url' });
      expect(error.message).toMatch(words);
      expect(error.message).not.toMatch(/127\.0\.0\.1|https?:/);
    }); // prettier-ignore

    it.each([
      ['a name that does not resolve', 'http://nowhere.invalid/a.png', 'its host name does not resolve'],
      ['what is no URL', 'http://', 'its URL is not http or https'],
      ['a server that is not there', 'http://127.0.0.1:1/a.png', 'the connection was refused'],
    ])('%s', async (_, url, words) => {
      expect((await failure(url)).message).toBe(`the image cannot be fetched: ${words}`);
    });

    it('more bytes than one image, or all of a call together, may have', async () => {
      for (const n of [1, 2, 3])
        pages[`/large${n}`] = (response) => void response.write(PNG, () => response.end(Buffer.alloc(1000)));
      const images = [1, 2, 3].map((n) => image(`${origin}/large${n}`));
      const one = await refusalOf(contentOf(images, 'all', { maxImageBytes: 1015 }));
      expect(one).toMatchObject({
        code: 'invalid_parameter',
        message: 'the image cannot be fetched: it is larger than 1015 bytes',
      });
      const all = await refusalOf(contentOf(images, 'all', { maxImageBytes: 1016, maxCallBytes: 3047 }));
      expect(all).toMatchObject({
        code: 'invalid_parameter',
        message: expect.stringMatching(/together are larger than 3047 bytes$/),
      });
      expect(await contentOf(images, 'all', { maxImageBytes: 1016, maxCallBytes: 3048 })).toHaveLength(3);
    });

    it('more than 20 of them, and then none is asked for', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, n) => image(`${origin}/a?${n}`));
      for (let n = 0; n < 20; n++) pages[`/a?${n}`] = (response) => response.end(PNG);
      const error = await refusalOf(contentOf([textPart, ...many(21)]));
      expect(error).toMatchObject({ code: 'invalid_parameter', param: 'messages[0].content[21].image_url' });
      expect(seen).toHaveLength(0);
      expect(await contentOf(many(20))).toHaveLength(20);
    });
  });

  describe('are given up at once, connection and all', () => {
    const silent = (path: string) => {
      const state = { arrived: Promise.resolve(), closed: Promise.resolve() };
      state.arrived = new Promise((arrive) => {
        state.closed = new Promise((close) => {
          pages[path] = (response) => {
            response.once('close', close);
            response.writeHead(200).write(PNG, () => arrive());
          };
        });
      });
      return state;
    };

    it('when they do not come in time', async () => {
      const { closed } = silent('/silent');
      const error = await failure(`${origin}/silent`, { timeoutMs: 60 });
      expect(error).toMatchObject({ code: 'invalid_parameter', message: expect.stringMatching(/within 60 ms$/) });
      await closed;
    });

    it('when their name does not come in time', async () => {
      const error = await failure('http://images.example/a', { timeoutMs: 30, resolve: () => new Promise(() => {}) });
      expect(error.message).toMatch(/within 30 ms$/);
    });

    it('when the caller leaves, whose reason it is then', async () => {
      const { arrived, closed } = silent('/silent');
      const leaving = new AbortController();
      const call = { ...seeing(image(`${origin}/silent`)), signal: leaving.signal };
      const inlined = fetcher().inlined(call, 'all');
      await arrived;
      leaving.abort(new Error('left'));
      await expect(inlined).rejects.toThrow('left');
      await closed;
    });

    it('when another one of the call cannot be had', async () => {
      const { arrived, closed } = silent('/silent');
      pages['/broken'] = (response) => void arrived.then(() => response.writeHead(500).end());
      const error = await refusalOf(contentOf([image(`${origin}/silent`), image(`${origin}/broken`)]));
      expect(error.param).toBe('messages[0].content[1].image_url');
      await closed;
    });
  });

  describe('on their way to a provider that fetches none', () => {
    let upstream: ScriptedUpstream;
    beforeAll(async () => {
      upstream = await ScriptedUpstream.start();
      upstream.reply(json(completion({ text: 'A dot.' })));
    });
    afterAll(() => upstream.close());

    it('arrive there as data: URLs', async () => {
      const room = upstreamRoom({}, {}, fetcher());
      const messages = [{ role: 'user', content: [textPart, image(`${origin}/a`)] }];
      await room.chat(callOf({ provider: 'ollama', baseUrl: upstream.url, body: { messages } }));
      expect(upstream.requests.at(-1)!.body.messages[0].content[1].image_url.url).toBe(dataUrl('png', PNG));
      await room.onApplicationShutdown();
    });

    it('are refused from this machine, and nothing is sent', async () => {
      const room = upstreamRoom();
      const before = upstream.count;
      const messages = [{ role: 'user', content: [textPart, image(`${origin}/a`)] }];
      const error = await refusalOf(
        room.chat(callOf({ provider: 'ollama', baseUrl: upstream.url, body: { messages } })),
      );
      expect(error).toMatchObject({ code: 'invalid_parameter', param: 'messages[0].content[1].image_url' });
      expect([upstream.count, seen.length]).toEqual([before, 0]);
      await room.onApplicationShutdown();
    });
  });
});
