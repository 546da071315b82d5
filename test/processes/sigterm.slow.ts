import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectClosedBooks, usageIn } from '../support/closing-assertions.js';
import { build, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { Ringside } from '../support/ringside.js';
import {
  chunk,
  countedUsage,
  delta,
  DONE,
  echo,
  echoedText,
  silence,
  SSE_HEADERS,
  ScriptedUpstream,
  streamOf,
  type Script,
} from '../support/scripted-upstream.js';

const CALLS = 50;
const TEST_TIMEOUT_MS = 90_000;

let dir: string;
let upstream: ScriptedUpstream;

beforeAll(build, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-sigterm-'));
  upstream = await ScriptedUpstream.start();
});

afterEach(async () => {
  await killGateways();
  await upstream.close();
  await rm(dir, { recursive: true });
});

const start = (env: Record<string, string> = {}) => GatewayProcess.start({ dir, upstreamUrl: upstream.url, env });

/** A call as its caller sees it: the answer's head, and all of it. */
interface SeenCall {
  readonly head: Promise<Response>;
  readonly answer: Promise<{ readonly status: number; readonly text: string }>;
}

/** Fifty calls of five users, half of them streams. */
function fiftyCalls(gateway: GatewayProcess): { readonly json: SeenCall[]; readonly streams: SeenCall[] } {
  const calls = (stream: boolean) =>
    Array.from({ length: CALLS / 2 }, (_, no): SeenCall => {
      const messages = [{ role: 'user', content: `call ${no} ${'word '.repeat(no)}` }];
      const head = gateway.chat({ user: `user-${no % 5}`, stream, messages });
      return {
        head,
        answer: head.then(async (response) => ({ status: response.status, text: await response.text() })),
      };
    });
  return { json: calls(false), streams: calls(true) };
}

const answersOf = (calls: readonly SeenCall[]) => Promise.all(calls.map(({ answer }) => answer));

/** Echoes once the gate opens; a stream has begun by then. */
function gated(gate: Promise<void>): Script {
  return async (request, response, server) => {
    if (request.body.stream !== true) {
      await gate;
      return echo()(request, response, server);
    }
    const text = echoedText(request);
    const usage = countedUsage(text, text);
    const [beginning, ...rest] = streamOf([text], { usage, no: request.no });
    response.writeHead(200, SSE_HEADERS).write(beginning);
    await gate;
    server.serve(request, usage);
    response.end(rest.join(''));
  };
}

/** What the book says after a restart, once it is found to be sound. */
async function bookAfterRestart() {
  const ringside = await Ringside.start({ dir, upstream });
  try {
    await expectClosedBooks(ringside);
    return await usageIn(ringside);
  } finally {
    await ringside.gateway.stop();
  }
}

it(
  'R16 SIGTERM under load loses no usage',
  async () => {
    const gate = Promise.withResolvers<void>();
    upstream.reply(gated(gate.promise));
    const gateway = await start();
    const { json, streams } = fiftyCalls(gateway);
    await upstream.arrived(CALLS);
    await Promise.all(streams.map(({ head }) => head));

    gateway.signal('SIGTERM');
    await gateway.answers('/readyz', 503);
    for (const stream of [false, true]) {
      const refused = await gateway.chat({ stream });
      expect([refused.status, JSON.parse(await refused.text()).error.code]).toEqual([503, 'shutting_down']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.headers.get('x-should-retry')).toBe('true');
    }

    gate.resolve();
    for (const { status, text } of await answersOf(json))
      expect([status, JSON.parse(text).object]).toEqual([200, 'chat.completion']);
    for (const { status, text } of await answersOf(streams)) expect([status, text.endsWith(DONE)]).toEqual([200, true]);
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
    expect(upstream.count).toBe(CALLS);
    const usage = await bookAfterRestart();
    expect(usage.map(({ data: { outcome, flags } }) => [outcome, flags])).toEqual(
      Array.from({ length: CALLS }, () => ['completed', []]),
    );
  },
  TEST_TIMEOUT_MS,
);

it(
  'R16 SIGTERM settles the calls of a silent upstream as aborted and leaves',
  async () => {
    upstream.reply((request, response, server) =>
      silence(
        request.body.stream === true
          ? [chunk([delta({ role: 'assistant', content: 'These words came.' })])]
          : undefined,
      )(request, response, server),
    );
    const gateway = await start({ RINGSIDE_DRAIN_TIMEOUT_MS: '300' });
    const { json, streams } = fiftyCalls(gateway);
    await upstream.arrived(CALLS);
    await Promise.all(streams.map(({ head }) => head));

    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    for (const { status, text } of await answersOf(json))
      expect([status, JSON.parse(text).error.code]).toEqual([503, 'shutting_down']);
    for (const { text } of await answersOf(streams)) {
      expect(text).toContain('These words came.');
      expect(text).toContain('"code":"shutting_down"');
      expect(text).not.toContain('[DONE]');
    }
    const usage = await bookAfterRestart();
    expect(usage).toHaveLength(CALLS);
    for (const { data } of usage) {
      expect(data).toMatchObject({ outcome: 'aborted', flags: ['estimated'] });
      expect(data.tokens.input).toBeGreaterThan(0);
      expect(data.tokens.output > 0).toBe(data.stream);
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'R16 SIGTERM is not held up by callers who send or read nothing more',
  async () => {
    const pieces = Array.from({ length: 2000 }, () => 'x'.repeat(8 * 1024));
    upstream.reply((_, response) => void response.writeHead(200, SSE_HEADERS).end(streamOf(pieces).join('')));
    const gateway = await start({ RINGSIDE_DRAIN_TIMEOUT_MS: '300' });
    const { hostname, port } = new URL(gateway.url);
    const halfSent = connect(Number(port), hostname);
    await once(halfSent, 'connect');
    halfSent.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    const unread = await gateway.chat({ stream: true });

    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    await unread.body!.cancel().catch(() => undefined);
    halfSent.destroy();
    expect((await bookAfterRestart()).map(({ data }) => data.outcome)).toEqual(['aborted']);
  },
  TEST_TIMEOUT_MS,
);
