import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build, expectAuditPasses, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { makeCustomer, setCap, usd } from '../support/limited-customers.js';
import { SERVER_KEY } from '../support/ringside.js';
import { ScriptedUpstream, type Script } from '../support/scripted-upstream.js';
import { skipUnless } from '../support/skip.js';
import { admitted, BODY, COST, dear, HOLD } from './capped-calls.js';

const WORKERS = 3;
const CALLS = 60;
const MINUTE_MS = 60_000;
const TEST_TIMEOUT_MS = 90_000;
const POLL_MS = 50;

let dir: string;
let upstream: ScriptedUpstream;
let gateway: GatewayProcess;

const start = (env: Readonly<Record<string, string>> = {}) =>
  GatewayProcess.start({ dir, upstreamUrl: upstream.url, env: { RINGSIDE_WORKERS: String(WORKERS), ...env } });

beforeAll(async () => {
  await build();
  dir = await mkdtemp(join(tmpdir(), 'ringside-workers-'));
  upstream = await ScriptedUpstream.start();
  upstream.reply(dear);
  gateway = await start();
}, 180_000);

afterAll(async () => {
  await killGateways();
  await upstream.close();
  await rm(dir, { recursive: true });
});

/** The processes that a gateway has started. */
function workersOf({ pid }: GatewayProcess): number[] {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return pids === '' ? [] : pids.split(' ').map(Number);
}

const { it: itWithProc } = skipUnless(process.platform === 'linux', 'the workers are found in /proc');

/** What a caller sees; undefined when the connection was cut. */
type Seen =
  { readonly status: number; readonly text: string; readonly headers: Readonly<Record<string, unknown>> } | undefined;

/** A chat call over a connection of its own, which any of the workers may accept. */
function call(body: object, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
  const whole = { model: 'fc:openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }], ...BODY, ...body };
  return new Promise((resolve) => {
    const sent = request(`${gateway.url}/v1/chat/completions`, {
      agent: false,
      method: 'POST',
      headers: { authorization: `Bearer ${SERVER_KEY}`, ...headers },
    });
    sent.on('error', () => resolve(undefined));
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    sent.end(JSON.stringify(whole));
  });
}

const callsAtOnce = (count: number, body: object, headers?: Readonly<Record<string, string>>) =>
  Promise.all(Array.from({ length: count }, () => call(body, headers)));

const withStatus = (answers: readonly Seen[], wanted: number | undefined) =>
  answers.filter((answer) => answer?.status === wanted).length;

/** Keeps the upstream's answers back until they are let go. */
function keptBack() {
  const { promise: open, resolve: letGo } = Promise.withResolvers<void>();
  let waiting = 0;
  upstream.reply(async (...asked: Parameters<Script>) => {
    waiting++;
    void asked[0].closedEarly.then(() => waiting--);
    await open;
    return dear(...asked);
  });
  return {
    /** The calls whose answers wait, without those whose gateway is gone. */
    waiting: () => waiting,
    letGo: () => {
      letGo();
      upstream.reply(dear);
    },
  };
}

/** Makes calls, one after the other, whose answers are kept back: some at each worker. */
async function openCalls(user: string): Promise<Promise<Seen>[]> {
  const open: Promise<Seen>[] = [];
  for (let no = 0; no < 4 * WORKERS; no++) {
    const before = upstream.count;
    open.push(call({ user }));
    await upstream.arrived(before + 1);
  }
  return open;
}

/** How many connections a process has to the upstream. */
function connectionsOf(pid: number): number {
  const port = Number(new URL(upstream.url).port).toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  const inodes = rows.map((row) => row.trim().split(/\s+/)).filter(([, , remote]) => remote!.endsWith(`:${port}`));
  const sockets = new Set(inodes.map((fields) => `socket:[${fields[9]}]`));
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => sockets.has(targetOf(`/proc/${pid}/fd/${fd}`))).length;
}

/** Where a link leads; one that is gone leads nowhere. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(POLL_MS);
}

async function spentBy(customer: string): Promise<number> {
  const { spend_usd_mtd } = (await (await gateway.fetch(`/v1/customers/${customer}`)).json()) as {
    spend_usd_mtd: number;
  };
  return Math.round(spend_usd_mtd * 1e9);
}

itWithProc(
  'a cap holds over all workers, also when one of them is killed amid its calls; it has a successor, and calls go on',
  async () => {
    const { id } = await makeCustomer(gateway, 'capped', { monthly_budget_usd: usd(20 * HOLD) });
    const before = upstream.count;
    const { letGo, waiting } = keptBack();
    let ended = 0;
    const calls = Array.from({ length: CALLS }, () => call({ user: id }).finally(() => ended++));
    await upstream.arrived(before + 20);
    const killed = workersOf(gateway).find((pid) => connectionsOf(pid) > 0)!;
    const left = workersOf(gateway).filter((pid) => pid !== killed);
    process.kill(killed, 'SIGKILL');
    await until(() => gateway.output.includes(`worker ${killed}`));
    // Every call is decided before an answer gives anything back.
    await until(() => ended + waiting() === CALLS);
    letGo();

    const seen = await Promise.all(calls);
    expect(upstream.count - before).toBe(20);
    const finished = withStatus(seen, 200);
    expect(finished).toBeLessThan(20);
    expect(finished + withStatus(seen, 402) + withStatus(seen, undefined)).toBe(CALLS);
    expect(await spentBy(id)).toBe(finished * COST);

    await until(() => workersOf(gateway).length === WORKERS);
    expect(workersOf(gateway)).toEqual(expect.arrayContaining(left));
    await until(() => gateway.output.includes('another worker takes calls'));
    // What the killed one held still counts; everything else that is free is given out, and no more.
    const free = 20 * HOLD - finished * COST - (20 - finished) * HOLD;
    const again = await callsAtOnce(CALLS, { user: id });
    // Answers come at once here, so what a call leaves unused may pay for another.
    expect(withStatus(again, 200)).toBeGreaterThanOrEqual(admitted(free));
    expect(withStatus(again, 200) + withStatus(again, 402)).toBe(CALLS);
    const spent = await spentBy(id);
    expect(spent).toBe((finished + withStatus(again, 200)) * COST);
    expect(spent + (20 - finished) * HOLD).toBeLessThanOrEqual(20 * HOLD);
  },
  TEST_TIMEOUT_MS,
);

it(
  'one Idempotency-Key sent to all workers at once makes one call',
  async () => {
    const before = upstream.count;
    const answers = await callsAtOnce(4 * WORKERS, { user: 'keyed' }, { 'idempotency-key': 'over-all-workers' });
    expect(upstream.count - before).toBe(1);
    expect(withStatus(answers, 200)).toBeGreaterThanOrEqual(1);
    expect(withStatus(answers, 200) + withStatus(answers, 409)).toBe(4 * WORKERS);
    const later = await callsAtOnce(WORKERS, { user: 'keyed' }, { 'idempotency-key': 'over-all-workers' });
    expect(new Set(later.map((seen) => seen?.text))).toEqual(
      new Set([answers.find((seen) => seen?.status === 200)!.text]),
    );
    expect(upstream.count - before).toBe(1);
  },
  TEST_TIMEOUT_MS,
);

it(
  'a limit of 30 requests a minute lets 30 of 60 through over all workers',
  async () => {
    const { id } = await makeCustomer(gateway, 'limited', { rate_limit_rpm: 30 });
    const beganAtMs = performance.now();
    const answers = await callsAtOnce(CALLS, { user: id });
    // One call flows back every two seconds, so a slow machine may let in more.
    const most = 30 + Math.floor(((performance.now() - beganAtMs) * 30) / MINUTE_MS);
    expect(withStatus(answers, 200)).toBeGreaterThanOrEqual(30);
    expect(withStatus(answers, 200)).toBeLessThanOrEqual(most);
    const refused = answers.filter((seen) => seen?.status === 429);
    expect(refused).toHaveLength(CALLS - withStatus(answers, 200));
    for (const { headers, text } of refused as NonNullable<Seen>[]) {
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'rate_limited', type: 'rate_limit_error' } });
      expect(headers).toMatchObject({ 'x-ratelimit-limit-requests': '30', 'x-ratelimit-remaining-requests': '0' });
      expect(Number(headers['retry-after-ms'])).toBeGreaterThan(0);
    }
    // Each of the 30 has taken another place.
    const places = answers
      .filter((seen) => seen?.status === 200)
      .map((seen) => Number(seen!.headers['x-ratelimit-remaining-requests']));
    expect(new Set(places)).toEqual(new Set(Array.from({ length: 30 }, (_, place) => place)));
  },
  TEST_TIMEOUT_MS,
);

it(
  'what is set through one worker rules all of them',
  async () => {
    const { id } = await makeCustomer(gateway, 'changed', {});
    const statuses = async () => (await callsAtOnce(4 * WORKERS, { user: id })).map((seen) => seen?.status);
    expect(new Set(await statuses())).toEqual(new Set([200]));
    await setCap(gateway, id, 0);
    await until(async () => (await statuses()).every((status) => status === 402));
    await setCap(gateway, id, null);
    await until(async () => (await statuses()).every((status) => status === 200));
  },
  TEST_TIMEOUT_MS,
);

itWithProc(
  'SIGTERM lets the calls of all workers finish, and leaves a sound book',
  async () => {
    const { letGo } = keptBack();
    const calls = await openCalls('in flight');
    gateway.signal('SIGTERM');
    await gateway.answers('/readyz', 503);
    expect((await call({ user: 'late' }))?.status).toBe(503);
    letGo();
    expect(withStatus(await Promise.all(calls), 200)).toBe(4 * WORKERS);
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
    await expectAuditPasses(dir);
  },
  TEST_TIMEOUT_MS,
);

itWithProc(
  'workers whose owner is killed let their calls finish, and end',
  async () => {
    gateway = await start();
    const workers = workersOf(gateway);
    expect(workers).toHaveLength(WORKERS);
    const { letGo } = keptBack();
    const calls = await openCalls('orphaned');
    gateway.signal('SIGKILL');
    await delay(POLL_MS);
    letGo();
    expect(withStatus(await Promise.all(calls), 200)).toBe(4 * WORKERS);
    await until(() => workers.every((pid) => !isAlive(pid)));
    await expectAuditPasses(dir);
  },
  TEST_TIMEOUT_MS,
);

it(
  'workers that cannot start end the start with one line',
  async () => {
    const { port } = new URL(upstream.url);
    const failed = GatewayProcess.spawn({ dir, env: { RINGSIDE_WORKERS: '2', PORT: port } });
    expect(await failed.ended).toEqual({ code: 1, signal: null });
    const lines = failed.output.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect(lines).toEqual([expect.stringMatching(`EADDRINUSE.*:${port}$`)]);
  },
  TEST_TIMEOUT_MS,
);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
