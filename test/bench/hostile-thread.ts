/**
 * A thread with 200 callers of bad will, each on a connection of its own that it opens anew for every deed. Its data:
 * the gateway, and a seed, which makes the same deeds in the same order. Any message ends it. The models are not those
 * of the good calls, whose book is compared.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Attacked } from './attack.ts';
import { ATTACKER_ADDRESS } from './hostile-request.ts';

const CALLERS = 200;
/** Between two deeds of one caller: about 200 deeds a second in all. */
const PAUSE_MS = 1000;
const DEED_MS = 10_000;

const { gateway, seed } = workerData as { gateway: Attacked; seed: number };
const stopping = new AbortController();
const { signal } = stopping;

/** A small generator with a seed (mulberry32), so that a run can be repeated. */
let state = seed;
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}

interface Deed {
  readonly bytes: string;
  /** Bytes of the answer after which the caller leaves; undefined reads it to its end. */
  readonly leaveAfter?: number;
  /** Reads nothing of the answer and stays for so long. */
  readonly readNothingMs?: number;
}

function request(
  method: string,
  path: string,
  body: string,
  headers = `authorization: Bearer ${gateway.key}\r\n`,
): string {
  const length = Buffer.byteLength(body);
  return `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${gateway.port}\r\n${headers}content-type: application/json\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n${body}`;
}

function chat(fields: object, headers?: string): string {
  const body = {
    model: 'fc:openai/gpt-4o',
    user: `hostile-${Math.floor(random() * 500)}`,
    messages: [{ role: 'user', content: 'Hi' }],
  };
  return request('POST', '/v1/chat/completions', JSON.stringify({ ...body, ...fields }), headers);
}

const NO_KEY = '';
const WRONG_KEY = `authorization: Bearer ko_${'0'.repeat(40)}\r\n`;
const NUMBERS = `{"a":[${'1,'.repeat(100_000)}1]}`;
const DEEP = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
const NAMES = `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":${n}`).join()}}`;
const PATTERN = {
  type: 'object',
  properties: { a: { type: 'string', pattern: `^(${'a?'.repeat(30)})${'a'.repeat(30)}$` } },
};
const schemaOf = (schema: object) => ({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } });

const DEEDS: readonly (() => Deed)[] = [
  () => ({ bytes: request('POST', '/v1/customers', NUMBERS, NO_KEY) }),
  () => ({ bytes: request('POST', '/v1/chat/completions', NUMBERS, WRONG_KEY) }),
  () => ({ bytes: request('PUT', '/v1/slots/x', NUMBERS) }),
  () => ({ bytes: request('POST', '/v1/chat/completions', DEEP) }),
  () => ({ bytes: request('POST', '/v1/customers', NAMES) }),
  () => ({
    bytes: chat(
      { metadata: JSON.parse(NAMES) as unknown },
      `authorization: Bearer ${gateway.key}\r\nidempotency-key: ${random()}\r\n`,
    ),
  }),
  () => ({ bytes: chat({ model: 'fc:sandbox/echo', ...schemaOf(PATTERN) }) }),
  () => ({ bytes: chat({ messages: [{ role: 'user', content: { toString: 1 } }] }) }),
  () => ({ bytes: chat({ model: 'fc:openrouter/hostile-deltas', stream: true }), leaveAfter: 20_000 }),
  () => ({ bytes: chat({ stream: true }), leaveAfter: 500 }),
  () => ({ bytes: chat({ stream: true }), readNothingMs: 5000 }),
  () => ({ bytes: chat({ model: 'fc:openai/fail-500' }), leaveAfter: 1 }),
  () => ({ bytes: request('GET', '/v1/usage?group_by=customer', '') }),
  () => ({
    bytes: request('GET', `/v1/usage?group_by=hour&from=0001-01-01&as_of=${1 + Math.floor(random() * 50)}`, ''),
    leaveAfter: 1,
  }),
  () => ({ bytes: 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ', readNothingMs: 5000 }),
  () => ({ bytes: 'NONSENSE\r\n\r\n' }),
  () => ({
    bytes: request('POST', '/v1/chat/completions', '{"model":"fc:openai/gpt-4o"').replace(
      /content-length: \d+/,
      'content-length: 9000000',
    ),
    readNothingMs: 5000,
  }),
];

async function commit({ bytes, leaveAfter, readNothingMs }: Deed): Promise<void> {
  const socket: Socket = connect({ port: gateway.port, host: '127.0.0.1', localAddress: ATTACKER_ADDRESS });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.write(bytes);
  let read = 0;
  if (readNothingMs === undefined) {
    socket.on('data', (data: Buffer) => {
      read += data.length;
      if (leaveAfter !== undefined && read >= leaveAfter) socket.destroy();
    });
  }
  await Promise.race([closed, delay(readNothingMs ?? DEED_MS, undefined, { signal }).catch(() => undefined)]);
  socket.destroy();
}

async function caller(): Promise<void> {
  while (!signal.aborted) {
    await delay(PAUSE_MS * (0.5 + random()), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await commit(DEEDS[Math.floor(random() * DEEDS.length)]!());
  }
}

const callers = Promise.all(Array.from({ length: CALLERS }, caller));
parentPort!.once('message', () => {
  stopping.abort();
  void callers.then(() => process.exit(0));
});
