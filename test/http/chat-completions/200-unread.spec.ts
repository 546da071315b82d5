import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { usageBooked } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { Ringside, SERVER_KEY } from '../../support/ringside.js';
import { chunk, completion, delta, json, SSE_HEADERS, type Script } from '../../support/scripted-upstream.js';

const IDLE_MS = 400;
const CALLERS = 8;
const DELTA = chunk([delta({ role: 'assistant', content: 'x'.repeat(1000) })]);

/** Bytes that wait for one caller in this process, on their way to its socket. */
const MOST_WAITING_BYTES = 128 * 1024;

let ringside: Ringside;
let booked = 0;
/** The gateway's ends of its connections. */
let sockets: Socket[] = [];

beforeAll(async () => {
  ringside = await Ringside.start({ env: { RINGSIDE_CALLER_IDLE_TIMEOUT_MS: String(IDLE_MS) } });
  const server = ringside.gateway.app.getHttpServer() as Server;
  server.on('connection', (socket: Socket) => sockets.push(socket));
});
beforeEach(() => {
  sockets = [];
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

/** Streams deltas without end, as fast as they are taken. */
const endless: Script = async (_, response) => {
  response.writeHead(200, SSE_HEADERS);
  while (!response.destroyed)
    if (!response.write(DELTA)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
};

/** A caller that sends a call and then reads nothing of what it is sent. */
async function unreading(body: object, headers: readonly string[] = []): Promise<Socket> {
  const { port } = new URL(ringside.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const bytes = JSON.stringify({
    model: 'fc:openai/gpt-4o-mini',
    messages: [{ role: 'user', content: 'Hi' }],
    ...body,
  });
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    'host: ringside',
    `authorization: Bearer ${SERVER_KEY}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(bytes)}`,
    ...headers,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${bytes}`);
  return socket;
}

const closed = (socket: Socket) => (socket.destroyed ? undefined : once(socket, 'close'));

/** Resolves when the gateway takes nothing more from anywhere for a good many turns of the event loop. */
async function standstill(): Promise<void> {
  let still = 0;
  let last = -1;
  while (still < 500) {
    const written = sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0);
    still = written === last && written > 0 ? still + 1 : 0;
    last = written;
    await turn();
  }
}

describe('S7 callers who read nothing', () => {
  it('S7 slow the provider down: little waits for each of them', async () => {
    ringside.upstream.reply(endless);
    const callers = await Promise.all(Array.from({ length: CALLERS }, () => unreading({ stream: true })));
    await ringside.upstream.arrived(CALLERS);
    await standstill();
    const waiting = sockets.map((socket) => socket.writableLength);
    expect(Math.max(...waiting)).toBeGreaterThan(0);
    expect(Math.max(...waiting)).toBeLessThanOrEqual(MOST_WAITING_BYTES);
    await Promise.all(ringside.upstream.requests.map((request) => request.closedEarly));
    await Promise.all(sockets.map(closed));
    booked += CALLERS;
    const usage = await usageBooked(ringside, booked);
    expect(usage.map(({ data }) => data.outcome)).toEqual(Array.from({ length: CALLERS }, () => 'aborted'));
    expect(usage.every(({ data }) => data.tokens.output > 0 && data.flags.includes('estimated'))).toBe(true);
    for (const caller of callers) caller.destroy();
  });

  it('S7 are given up when a JSON answer is theirs', async () => {
    ringside.upstream.reply(
      json(
        completion({
          text: 'x'.repeat(20_000_000),
          usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
        }),
      ),
    );
    const caller = await unreading({});
    booked += 1;
    expect((await usageBooked(ringside, booked)).at(-1)!.data).toMatchObject({
      outcome: 'completed',
      tokens: { input: 1, output: 2 },
    });
    await closed(sockets[0]!);
    caller.destroy();
  });

  it('S7 are given up when they bear an Idempotency-Key, and the call runs to its end', async () => {
    const pieces = Array.from({ length: 12_000 }, () => DELTA);
    ringside.upstream.reply(async (_, response) => {
      response.writeHead(200, SSE_HEADERS);
      for (const piece of pieces) if (!response.write(piece)) await once(response, 'drain');
      response.end(`${chunk([delta({}, 'stop')])}data: [DONE]\n\n`);
    });
    const caller = await unreading({ stream: true }, ['idempotency-key: unread-1']);
    await once(ringside.gateway.app.getHttpServer() as Server, 'request');
    booked += 1;
    const { data } = (await usageBooked(ringside, booked)).at(-1)!;
    expect(data).toMatchObject({ outcome: 'completed', flags: ['estimated'] });
    await closed(sockets[0]!);
    caller.destroy();
    const again = await ringside.chat({ stream: true }, { 'idempotency-key': 'unread-1' });
    expect([again.status, await again.text()]).toEqual([500, expect.stringContaining('too large to be kept')]);
  });
});
