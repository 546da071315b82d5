import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openLedger } from '../support/embedded-ledger.js';
import { build, expectAuditPasses, GatewayProcess, killGateways } from '../support/gateway-process.js';
import { chunk, delta, echo, ScriptedUpstream, silence, type Script } from '../support/scripted-upstream.js';
import { seeded } from './loaded-gateway.js';

/** How often the loaded process is killed; a run again: `RINGSIDE_KILL_SEED=<printed seed>`. */
const KILLS = Number(process.env['RINGSIDE_KILLS'] ?? 2);
const SEED = Number(process.env['RINGSIDE_KILL_SEED'] ?? Date.now() % 1_000_000);

const CALLS_A_ROUND = 40;
const LONGEST_LOAD_MS = 400;
/** A dead process is known to be dead after 15 seconds. */
const ROUND_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

let dir: string;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  process.stderr.write(`${KILLS} SIGKILLs with seed ${SEED}\n`);
  await build();
}, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-keys-'));
  upstream = await ScriptedUpstream.start();
});

afterEach(async () => {
  await killGateways();
  await upstream.close();
  await rm(dir, { recursive: true });
});

const start = () => GatewayProcess.start({ dir, upstreamUrl: upstream.url });

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly replayed: string | null;
}

/** One try of a keyed call; undefined when the connection was cut. */
async function attempt(
  gateway: GatewayProcess,
  key: string,
  body: Record<string, unknown>,
): Promise<Answer | undefined> {
  try {
    const response = await gateway.chat(
      { messages: [{ role: 'user', content: key }], ...body },
      { headers: { 'idempotency-key': key } },
    );
    return {
      status: response.status,
      body: await response.text(),
      replayed: response.headers.get('idempotency-replayed'),
    };
  } catch (error) {
    // Fetch's way of saying so; its class is not the one that tests see under the same name.
    if ((error as Error).name === 'TypeError') return undefined;
    throw error;
  }
}

/** Tries until the key is no longer in use, as an SDK does. */
async function insist(gateway: GatewayProcess, key: string, body: Record<string, unknown>): Promise<Answer> {
  for (;;) {
    const answer = await attempt(gateway, key, body);
    if (!answer) throw new Error('a living gateway cut an answer off');
    if (answer.status !== 409) return answer;
    await delay(POLL_MS);
  }
}

/** How many calls were charged. */
async function charges(): Promise<number> {
  const ledger = await openLedger({ dir });
  try {
    return (await ledger.entries()).filter(({ event }) => event.type === 'UsageRecorded').length;
  } finally {
    await ledger.close();
  }
}

const reaching =
  (script: Script, reached: () => void): Script =>
  async (...request) => {
    await script(...request);
    reached();
  };

it(
  'R38 the same Idempotency-Key makes one upstream call and one charge: SIGKILL while the first call runs',
  async () => {
    const begun = [chunk([delta({ role: 'assistant', content: 'These words came.' })])];
    const cases: readonly [key: string, body: Record<string, unknown>, script: Script][] = [
      ['whole', {}, silence()],
      ['streamed', { stream: true }, silence(begun)],
    ];
    for (const [key, body, script] of cases) {
      const reached = Promise.withResolvers<void>();
      upstream.replyOnce(reaching(script, reached.resolve));
      const gateway = await start();
      const before = upstream.count;
      const calling = attempt(gateway, key, body);
      await reached.promise;
      await gateway.kill();
      await calling;
      const survivor = await start();
      const again = await insist(survivor, key, body);
      expect([again.status, JSON.parse(again.body)]).toMatchObject([500, { error: { code: 'internal_error' } }]);
      expect(await insist(survivor, key, body)).toEqual({ ...again });
      expect(upstream.count).toBe(before + 1);
      expect((await survivor.chat({}, { headers: { 'idempotency-key': `${key} anew` } })).status).toBe(200);
      expect(await survivor.stop()).toEqual({ code: 0, signal: null });
    }
    expect(await charges()).toBe(cases.length);
    await expectAuditPasses(dir);
  },
  2 * ROUND_TIMEOUT_MS,
);

it(
  'R38 the same Idempotency-Key makes one upstream call and one charge: an answer survives the SIGKILL of its process',
  async () => {
    const first = await start();
    const answers = [await attempt(first, 'whole', {}), await attempt(first, 'streamed', { stream: true })];
    await first.kill();
    const second = await start();
    const again = [await attempt(second, 'whole', {}), await attempt(second, 'streamed', { stream: true })];
    expect(again).toEqual(answers.map((answer) => ({ ...answer, replayed: 'true' })));
    expect(upstream.count).toBe(2);
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect(await charges()).toBe(2);
  },
  ROUND_TIMEOUT_MS,
);

it(
  'R38 the same Idempotency-Key makes one upstream call and one charge: SIGKILLs at random moments, and every caller tries again',
  async () => {
    const random = seeded(SEED);
    const sent = new Map<string, number>();
    upstream.reply((request, ...rest) => {
      const key = String(request.body.messages[0].content);
      sent.set(key, (sent.get(key) ?? 0) + 1);
      return echo()(request, ...rest);
    });
    let answered = 0;
    let gateway = await start();
    for (let round = 0; round < KILLS; round++) {
      const calls = Array.from({ length: CALLS_A_ROUND }, (_, n) => ({
        key: `${round}-${n}`,
        body: { stream: n % 2 === 0, user: `user-${n % 5}` },
      }));
      const calling = calls.map(async ({ key, body }) => {
        await delay(random() * LONGEST_LOAD_MS);
        return attempt(gateway, key, body);
      });
      await delay(random() * LONGEST_LOAD_MS);
      const dying = gateway;
      await dying.kill();
      const seen = await Promise.all(calling);
      gateway = await start();
      const again = await Promise.all(calls.map(({ key, body }) => insist(gateway, key, body)));
      again.forEach(({ status, body, replayed }, n) => {
        if (seen[n]?.status === 200) expect({ body, replayed }).toEqual({ body: seen[n].body, replayed: 'true' });
        expect([200, 500]).toContain(status);
        if (status === 200) answered++;
      });
    }
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    process.stderr.write(`${answered} of ${KILLS * CALLS_A_ROUND} calls have an answer\n`);
    expect([...sent].filter(([, times]) => times > 1)).toEqual([]);
    const charged = await charges();
    expect(charged).toBeGreaterThanOrEqual(answered);
    expect(charged).toBeLessThanOrEqual(sent.size);
    await expectAuditPasses(dir);
  },
  KILLS * ROUND_TIMEOUT_MS,
);
