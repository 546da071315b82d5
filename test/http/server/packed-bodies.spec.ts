import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';
import { RawConnection, WITH_KEY } from '../../support/raw-connection.js';
import { routesOf } from '../../support/routes.js';

const MEGABYTE = 1024 * 1024;
const TOKEN = 'a-token-of-the-operator';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_BODY_LIMIT_MB: '2', RINGSIDE_ADMIN_TOKEN: TOKEN } });
});
afterEach(() => RawConnection.closeAll());
afterAll(() => ringside.stop());

const chat = (content: string) =>
  Buffer.from(JSON.stringify({ model: 'fc:sandbox/echo', messages: [{ role: 'user', content }] }));

async function told(path: string, body: Uint8Array, encoding?: string) {
  const response = await ringside.fetch(path, {
    body,
    headers: encoding === undefined ? {} : { 'content-encoding': encoding },
  });
  const json = (await response.json()) as {
    error?: { code: string; message: string; param: string | null };
    choices?: { message: { content: string } }[];
  };
  return { status: response.status, ...json.error, said: json.choices?.[0]?.message.content };
}

describe('a packed body', () => {
  it.each<[string, (body: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['identity', (body) => body],
    ['', (body) => body],
  ])('C8 is read as what it holds: %j', async (encoding, packed) => {
    for (const content of ['Hi 👋', 'word '.repeat(20_000)])
      expect(await told('/v1/chat/completions', packed(chat(content)), encoding)).toMatchObject({
        status: 200,
        said: expect.stringContaining(content.slice(0, 20)),
      });
    expect(
      await told('/v1/embeddings', packed(Buffer.from('{"model":"fc:sandbox/embed","input":"x"}')), encoding),
    ).toMatchObject({
      status: 200,
    });
    const customer = Buffer.from(`{"external_id":"packed ${encoding} ${packed.name}"}`);
    expect((await told('/v1/customers', packed(customer), encoding)).status).toBe(201);
  });

  it.each<[string, (body: Buffer) => Buffer]>([
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['gzip, gzip', (body) => gzipSync(gzipSync(body))],
    ['compress', (body) => body],
    ['constructor', (body) => body],
  ])('C8 is refused by name where nobody here can unpack it: %s', async (encoding, packed) => {
    const refusal = { status: 400, code: 'invalid_parameter', param: 'Content-Encoding' };
    for (const path of ['/v1/chat/completions', '/v1/customers']) {
      const { message, ...rest } = await told(path, packed(chat('Hi')), encoding);
      expect([path, rest, message]).toEqual([
        path,
        expect.objectContaining(refusal),
        expect.stringContaining('gzip or deflate'),
      ]);
    }
  });

  it.each<[string, Buffer]>([
    ['that is not packed', chat('Hi')],
    ['that is cut short', gzipSync(chat('Hi'.repeat(1000))).subarray(0, 40)],
    ['that is damaged', Buffer.concat([gzipSync(chat('Hi')).subarray(0, 20), Buffer.alloc(40, 7)])],
    ['of another packing', deflateSync(chat('Hi'))],
  ])('C8 is invalid_json when it is one %s', async (_, body) => {
    expect(await told('/v1/chat/completions', body, 'gzip')).toMatchObject({
      status: 400,
      code: 'invalid_json',
      message: expect.stringContaining('Content-Encoding'),
    });
    // Its connection goes on.
    expect((await ringside.fetch('/healthz')).status).toBe(200);
  });

  it('C8 counts against the limit unpacked, and is unpacked no further', async () => {
    const bomb = gzipSync(Buffer.alloc(512 * MEGABYTE, 0x20), { level: 9 });
    expect(bomb.length).toBeLessThan(2 * MEGABYTE);
    const before = process.cpuUsage();
    const { status, code, message } = await told('/v1/chat/completions', bomb, 'gzip');
    expect([status, code]).toEqual([413, 'request_too_large']);
    expect(message).toMatch(/2 MB \(RINGSIDE_BODY_LIMIT_MB\)/);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1500);
    const small = await told('/v1/customers', gzipSync(Buffer.alloc(5 * MEGABYTE, 0x20)), 'gzip');
    expect([small.status, small.code, small.message]).toEqual([
      413,
      'request_too_large',
      expect.stringContaining('64 kB'),
    ]);
    const over = gzipSync(chat('x'.repeat(3 * MEGABYTE)));
    expect((await told('/v1/chat/completions', over, 'gzip')).code).toBe('request_too_large');
  });

  it('C8 ends at its limit also when it comes in chunks and unpacks to nothing', async () => {
    // An empty block of deflate, again and again.
    const blocks = Buffer.concat(Array.from({ length: 20_000 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])));
    const connection = await RawConnection.open(ringside);
    connection.head(
      'POST /v1/customers HTTP/1.1',
      'host: x',
      WITH_KEY,
      'content-encoding: deflate',
      'transfer-encoding: chunked',
    );
    connection.send(
      Buffer.concat([
        Buffer.from(`${(blocks.length + 2).toString(16)}\r\n`),
        Buffer.from([0x78, 0x9c]),
        blocks,
        Buffer.from('\r\n'),
      ]),
    );
    const { status, body } = await connection.answer();
    expect([status, body]).toEqual([413, { error: expect.objectContaining({ code: 'request_too_large' }) }]);
  });

  it('C8 that its sender does not send to the end holds nothing', async () => {
    const packed = gzipSync(chat('Hi'));
    const connection = await RawConnection.open(ringside);
    connection
      .head(
        'POST /v1/chat/completions HTTP/1.1',
        'host: x',
        WITH_KEY,
        'content-encoding: gzip',
        `content-length: ${packed.length}`,
      )
      .send(packed.subarray(0, 10));
    connection.close();
    expect(await told('/v1/chat/completions', packed, 'gzip')).toMatchObject({ status: 200 });
  });
});

describe('what clients send otherwise', () => {
  it('C8 a byte-order mark before JSON is not part of it', async () => {
    const mark = Buffer.from('\ufeff');
    expect(await told('/v1/chat/completions', Buffer.concat([mark, chat('Hi')]))).toMatchObject({
      status: 200,
      said: 'Hi',
    });
    expect(await told('/v1/chat/completions', gzipSync(Buffer.concat([mark, chat('Hi')])), 'gzip')).toMatchObject({
      status: 200,
    });
    expect((await told('/v1/chat/completions', Buffer.concat([mark, mark, chat('Hi')]))).code).toBe('invalid_json');
  });

  it('C8 every route is the same with a slash behind it', async () => {
    const asked = async (method: string, path: string) => {
      const authorization = `Bearer ${path.startsWith('/admin') ? TOKEN : SERVER_KEY}`;
      const response = await fetch(`${ringside.url}${path}`, {
        method,
        headers: { authorization },
        ...(method !== 'GET' && { body: '[]' }),
      });
      const text = await response.text();
      return [
        response.status,
        response.status < 400 ? Object.keys(JSON.parse(text) as object) : (JSON.parse(text) as { error: object }).error,
      ];
    };
    for (const route of routesOf(ringside.gateway.app.getHttpAdapter().getInstance())) {
      const [method, pattern] = route.split(' ') as [string, string];
      const path = pattern.replace('*', 'fc:sandbox/echo').replaceAll(/:\w+/g, 'x');
      expect([route, await asked(method, `${path}/`)]).toEqual([route, await asked(method, path)]);
      if (method === 'GET')
        expect([route, (await asked(method, `${path}/?limit=1`))[0]]).toEqual([
          route,
          (await asked(method, `${path}?limit=1`))[0],
        ]);
    }
  });

  it('C8 a stream is kept by no proxy', async () => {
    const response = await ringside.chat({ model: 'fc:sandbox/echo', stream: true });
    expect([response.headers.get('x-accel-buffering'), response.headers.get('cache-control')]).toEqual([
      'no',
      'no-cache',
    ]);
    await response.text();
  });

  it('C8 no key, a key of somebody else and a key that is gone have a message each', async () => {
    const messageFor = async (authorization?: string) => {
      const response = await fetch(`${ringside.url}/v1/models`, {
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(response.status).toBe(401);
      return ((await response.json()) as { error: { message: string; code: string } }).error;
    };
    const none = await messageFor();
    const foreign = await messageFor('Bearer sk-bad');
    const gone = await messageFor('Bearer ko_bad');
    expect(new Set([none.message, foreign.message, gone.message]).size).toBe(3);
    expect(await messageFor('Basic eA==')).toEqual(none);
    expect(await messageFor('Bearer')).toEqual(none);
    expect(foreign.message).not.toContain('sk-bad');
    expect([none.code, foreign.code, gone.code]).toEqual(Array(3).fill('invalid_api_key'));
  });
});
