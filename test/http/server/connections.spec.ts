import { once } from 'node:events';
import type { Server } from 'node:http';
import { RawConnection, ServerSockets, WITH_KEY, type RawAnswer } from '../../support/raw-connection.js';
import { Ringside } from '../../support/ringside.js';

let ringside: Ringside;
let sockets: ServerSockets;

async function start(env: Record<string, string> = {}): Promise<void> {
  ringside = await Ringside.start({ env });
  sockets = new ServerSockets(ringside);
}

afterEach(async () => {
  RawConnection.closeAll();
  await ringside.stop();
});

const openMany = (count: number) => Promise.all(Array.from({ length: count }, () => RawConnection.open(ringside)));

function expectEnvelope(answer: RawAnswer, status: number, code: string, message = /./): void {
  expect([answer.status, answer.body]).toEqual([
    status,
    { error: expect.objectContaining({ code, message: expect.stringMatching(message) }) },
  ]);
  expect(answer.headers['x-request-id']).toMatch(/^req_\w{24}$/);
}

async function healthOver(connection: RawConnection): Promise<number> {
  return (await connection.head('GET /healthz HTTP/1.1', 'host: x').answer()).status;
}

const CHAT = JSON.stringify({ model: 'fc:sandbox/echo', messages: [{ role: 'user', content: 'Hi' }] });

describe('a client that keeps its side open', () => {
  it('S23 is left after bytes that are not HTTP: every one of 300 is answered and destroyed', async () => {
    await start();
    const clients = await openMany(300);
    for (const client of clients) client.send('GARBAGE\r\n\r\n');
    for (const client of clients) expectEnvelope(await client.answer(), 400, 'invalid_parameter', /well-formed HTTP/);
    await Promise.all(clients.map((client) => sockets.destroyed(client)));
  });

  it('S23 is left when its head does not come: 300 that begin one and 2,000 that say nothing', async () => {
    await start({ RINGSIDE_HEAD_TIMEOUT_MS: '1000' });
    const [slow, idle] = [await openMany(300), await openMany(2000)];
    for (const client of slow) client.send('GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ');
    for (const client of [...slow, ...idle])
      expectEnvelope(await client.answer(), 408, 'request_timeout', /RINGSIDE_HEAD_TIMEOUT_MS/);
    await Promise.all([...slow, ...idle].map((client) => sockets.destroyed(client)));
    expect((await ringside.fetch('/healthz')).status).toBe(200);
  });

  it('S23 is left when it asks for nothing more', async () => {
    await start({ RINGSIDE_KEEP_ALIVE_TIMEOUT_MS: '200' });
    const clients = await openMany(50);
    for (const client of clients) expect(await healthOver(client)).toBe(200);
    await Promise.all(clients.map((client) => sockets.destroyed(client)));
  });

  it('S23 is left after a refusal that did not wait for its body', async () => {
    await start();
    const clients = await openMany(50);
    for (const client of clients) client.head('POST /v1/customers HTTP/1.1', 'host: x', 'content-length: 2').send('{}');
    for (const client of clients) expectEnvelope(await client.answer(), 401, 'invalid_api_key');
    await Promise.all(clients.map((client) => sockets.destroyed(client)));
  });
});

describe('the time of a request', () => {
  it('S9 a body that stops half-way is given up, whoever sends it', async () => {
    await start({ RINGSIDE_HEAD_TIMEOUT_MS: '500', RINGSIDE_BODY_TIMEOUT_MS: '500' });
    const client = await RawConnection.open(ringside);
    client.head('POST /v1/chat/completions HTTP/1.1', 'host: x', WITH_KEY, 'content-length: 1000').send(CHAT);
    expectEnvelope(await client.answer(), 408, 'request_timeout', /RINGSIDE_BODY_TIMEOUT_MS/);
    await sockets.destroyed(client);
  });

  it('S9 a request that is not answered in its time is given up, and the call with it', async () => {
    await start({ RINGSIDE_REQUEST_TIMEOUT_MS: '1000' });
    const client = await RawConnection.open(ringside);
    const body = CHAT.replace('echo', 'slow-50000');
    client.head('POST /v1/chat/completions HTTP/1.1', 'host: x', WITH_KEY, `content-length: ${body.length}`).send(body);
    expectEnvelope(await client.answer(), 408, 'request_timeout', /RINGSIDE_REQUEST_TIMEOUT_MS/);
    await sockets.destroyed(client);
    // The call is over too: a gateway that stops has nothing to wait for, and its books are closed.
    await ringside.settled();
  });
});

describe('the number of connections', () => {
  it('S9 is bounded for one address: one more is told so and closed, and another may come when one has gone', async () => {
    await start({ RINGSIDE_MAX_CONNECTIONS_PER_ADDRESS: '5' });
    const clients = await openMany(5);
    for (const client of clients) expect(await healthOver(client)).toBe(200);
    const tooMany = await RawConnection.open(ringside);
    const refusal = await tooMany.answer();
    expectEnvelope(refusal, 429, 'rate_limited', /5 connections/);
    expect(refusal.headers['retry-after']).toBe('1');
    await sockets.destroyed(tooMany);
    clients[0]!.close();
    await sockets.destroyed(clients[0]!);
    expect(await healthOver(await RawConnection.open(ringside))).toBe(200);
    expect(await healthOver(clients[1]!)).toBe(200);
  });

  it('S9 is bounded in all: one more is closed at once', async () => {
    await start({ RINGSIDE_MAX_CONNECTIONS: '5' });
    const clients = await openMany(5);
    for (const client of clients) expect(await healthOver(client)).toBe(200);
    const tooMany = await RawConnection.open(ringside);
    await tooMany.ended();
    expect(tooMany.text).toBe('');
    expect(await healthOver(clients[0]!)).toBe(200);
  });

  it('S23 the process goes on when no descriptor is left for one more', async () => {
    await start();
    const server = ringside.gateway.app.getHttpServer() as Server;
    const failure = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' });
    expect(server.emit('error', failure)).toBe(true);
    expect((await ringside.fetch('/healthz')).status).toBe(200);
  });
});

describe('a head that HTTP does not allow, or that the gateway cannot serve', () => {
  beforeEach(() => start());

  it.each<[string, string[], number, string, RegExp]>([
    ['S20 no Host', ['GET /v1/usage HTTP/1.1', WITH_KEY], 400, 'invalid_parameter', /Host/],
    ['S26 two Hosts', ['GET /v1/usage HTTP/1.1', 'host: x', 'host: y', WITH_KEY], 400, 'invalid_parameter', /Host/],
    [
      'S20 an unknown Expect',
      ['GET /v1/usage HTTP/1.1', 'host: x', 'expect: foo', WITH_KEY],
      400,
      'invalid_parameter',
      /Expect/,
    ],
    ['S20 CONNECT', ['CONNECT example.com:443 HTTP/1.1', 'host: x'], 404, 'not_found', /CONNECT example.com:443/],
    [
      'S20 an upgrade',
      ['GET /v1/nothing HTTP/1.1', 'host: x', 'connection: upgrade', 'upgrade: websocket'],
      404,
      'not_found',
      /nothing/,
    ],
    [
      'S20 an upgrade of a route',
      ['GET /v1/usage HTTP/1.1', 'host: x', 'connection: upgrade', 'upgrade: h2c'],
      401,
      'invalid_api_key',
      /key/,
    ],
    ['S20 a method there is not', ['PROPFIND /v1/usage HTTP/1.1', 'host: x'], 404, 'not_found', /PROPFIND/],
  ])('%s is answered in the envelope', async (_, lines, status, code, message) => {
    const client = (await RawConnection.open(ringside)).head(...lines, 'connection: close');
    expectEnvelope(await client.answer(), status, code, message);
    await sockets.destroyed(client);
  });

  it('S20 HTTP/1.0 needs no Host', async () => {
    const client = (await RawConnection.open(ringside)).head('GET /healthz HTTP/1.0');
    expect((await client.answer()).status).toBe(200);
  });

  it('S2 who asks before it sends is told to go on only when it is known', async () => {
    const head = [
      'POST /v1/chat/completions HTTP/1.1',
      'host: x',
      `content-length: ${CHAT.length}`,
      'expect: 100-continue',
    ];
    const stranger = (await RawConnection.open(ringside)).head(...head);
    expectEnvelope(await stranger.answer(), 401, 'invalid_api_key');
    const known = (await RawConnection.open(ringside)).head(...head, WITH_KEY);
    expect((await known.answer()).status).toBe(100);
    expect((await known.send(CHAT).answer()).status).toBe(200);
  });

  it('S23 garbage behind a request does not end up in its answer', async () => {
    const client = await RawConnection.open(ringside);
    const body = CHAT.replace('}', ',"x":1}').replace('"model"', '"stream":true,"model"').replace('echo', 'slow-300');
    client.head('POST /v1/chat/completions HTTP/1.1', 'host: x', WITH_KEY, `content-length: ${body.length}`).send(body);
    while (!client.text.includes('data: ')) await once(client.socket, 'data');
    client.send('GARBAGE\r\n\r\n');
    await client.ended();
    expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});
