import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { UsageRecorded } from '../../src/domain/events/index.js';
import { openLedger } from '../support/embedded-ledger.js';
import { build, expectAuditPasses, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { DONE, echo, ScriptedUpstream } from '../support/scripted-upstream.js';
import { seeded } from './loaded-gateway.js';

const SEED = Number(process.env['RINGSIDE_KILL_SEED'] ?? Date.now() % 1_000_000);
const CALLS = 12;
const USERS = 3;
/**
 * How often the processes that come after the outage are killed, each at a moment before, while or after they drain the
 * spool.
 */
const KILLS = 8;
const LONGEST_LIFE_MS = 1500;

let dir: string;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  process.stderr.write(`SIGKILLs with seed ${SEED}\n`);
  await build();
}, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-spool-'));
  upstream = await ScriptedUpstream.start();
});

afterEach(async () => {
  await killGateways();
  await upstream.close();
  await rm(dir, { recursive: true });
});

/** Keeps everybody else from writing the ledger's file until it is closed. */
function lockLedger(): DatabaseSync {
  const lock = new DatabaseSync(join(dir, 'ledger.db'), { timeout: 5000 });
  lock.exec('BEGIN IMMEDIATE');
  return lock;
}

/** Makes a call and reads its answer to the end; gives its request id. */
async function call(gateway: GatewayProcess, no: number): Promise<string> {
  const stream = no % 2 === 1;
  const response = await gateway.chat({
    user: `user-${no % USERS}`,
    stream,
    messages: [{ role: 'user', content: `call ${no}` }],
  });
  const text = await response.text();
  expect([no, response.status, stream ? text.endsWith(DONE) : JSON.parse(text).choices[0].message.content]).toEqual([
    no,
    200,
    stream ? true : `call ${no}`,
  ]);
  return response.headers.get('x-request-id')!;
}

it('R17 SIGKILL at every step leaves an explainable ledger (spool): answers that waited for a ledger that was locked are booked once', async () => {
  const random = seeded(SEED);
  const gateway = await GatewayProcess.start({ dir, upstreamUrl: upstream.url });
  const before = await Promise.all(Array.from({ length: USERS }, (_, no) => call(gateway, no)));
  const open = Promise.withResolvers<void>();
  upstream.reply(async (...request) => {
    await open.promise;
    return echo()(...request);
  });
  const calls = Array.from({ length: CALLS }, (_, no) => call(gateway, no));
  await upstream.arrived(USERS + CALLS);
  const lock = lockLedger();
  open.resolve();
  const caught = await Promise.all(calls);
  const sent = upstream.count;
  const refused = await gateway.chat({ user: 'user-0' });
  expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'ledger_unavailable' } }]);
  expect(upstream.count).toBe(sent);
  await gateway.answers('/readyz', 503);
  await gateway.kill();
  lock.close();

  for (let kill = 0; kill < KILLS; kill++) {
    const next = GatewayProcess.spawn({ dir, upstreamUrl: upstream.url });
    await delay(random() * LONGEST_LIFE_MS);
    await next.kill();
  }
  const last = await GatewayProcess.start({ dir, upstreamUrl: upstream.url });
  const after = await call(last, 0);
  expect(await last.stop()).toEqual({ code: 0, signal: null });
  expect(await readdir(join(dir, 'spool'))).toEqual([]);

  const ledger = await openLedger({ dir });
  const usage = (await ledger.entries())
    .map(({ event }) => event)
    .filter((event): event is UsageRecorded => event.type === 'UsageRecorded');
  await ledger.close();
  expect(usage.map(({ requestId }) => requestId).toSorted()).toEqual([...before, ...caught, after].toSorted());
  expect(usage.every(({ data: { outcome, flags } }) => outcome === 'completed' && flags.length === 0)).toBe(true);
  await expectAuditPasses(dir);
}, 180_000);
