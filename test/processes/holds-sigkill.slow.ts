import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HoldSweeper } from '../../src/ledger/usage/hold-sweeper.js';
import { auditApp } from '../../src/run-audit.js';
import { eventsIn, eventsOf } from '../support/booked.js';
import { expectClosedBooks } from '../support/closing-assertions.js';
import { answered } from '../support/failed-call.js';
import { build, killGateways, type GatewayProcess } from '../support/gateway-process.js';
import { makeCustomer, setCap, usd } from '../support/limited-customers.js';
import { expectMoneyHeld } from '../support/money-assertions.js';
import { Ringside } from '../support/ringside.js';
import { DONE, ScriptedUpstream, silence } from '../support/scripted-upstream.js';
import { SettableClock } from '../support/settable-clock.js';
import { BODY, COST, dear, HOLD } from './capped-calls.js';
import { startAt } from './clocked-process.js';
import { expectExplained, HoldsBook } from './holds-book.js';
import { HoldsLoad } from './holds-load.js';
import { LedgerFile, MuteServer, STEPS, type Step } from './killed-steps.js';
import { seeded } from './loaded-gateway.js';

/**
 * How often a loaded process is killed, two in each round. The long run: `RINGSIDE_KILLS=200 npm run test:slow --
 * test/processes/holds-sigkill.slow.ts`; a run again: `RINGSIDE_KILL_SEED=<printed seed>`.
 */
const KILLS = Number(process.env['RINGSIDE_KILLS'] ?? 18);
const SEED = Number(process.env['RINGSIDE_KILL_SEED'] ?? Date.now() % 1_000_000);
const ROUNDS = Math.ceil(KILLS / 2);
const ROUND_TIMEOUT_MS = 15_000;

const NOON = Date.UTC(2026, 10, 22, 12);
/** Longer after than any hold lasts by the default settings. */
const ONE = Date.UTC(2026, 10, 22, 13);
const LAST_MINUTE = Date.UTC(2026, 10, 30, 23, 59);
const DECEMBER = Date.UTC(2026, 11, 1);

/** What a customer gets anew in each round whose money is to be short; it is enough for one hold at a time. */
const SHORT_NANO_USD = 150_000;
const AMPLE_USD = 1000;

let dir: string;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  process.stderr.write(`${2 * ROUNDS} SIGKILLs with seed ${SEED}\n`);
  await build();
}, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringside-holds-'));
  upstream = await ScriptedUpstream.start();
});

afterEach(async () => {
  await killGateways();
  await upstream.close();
  await rm(dir, { recursive: true });
});

const start = (upstreamUrl = upstream.url, moment = NOON) => startAt([moment], { dir, upstreamUrl });

async function topUp(door: Pick<Ringside, 'fetch'>, customer: string, amount_usd: number): Promise<void> {
  expect((await door.fetch(`/v1/customers/${customer}/wallet/topup`, { body: { amount_usd } })).status).toBe(201);
}

/** Releases what is overdue, however late the sweeper was to look. */
async function sweep(ringside: Ringside): Promise<void> {
  await ringside.settled();
  const sweeper = ringside.gateway.app.get(HoldSweeper);
  // One that is under way may have looked before.
  await sweeper.sweep();
  await sweeper.sweep();
  await ringside.settled();
}

/** A customer who has money for one call, in a budget or a wallet, and how it is called. */
interface Payer {
  readonly id: string;
  readonly paysBy: 'budget' | 'wallet';
  readonly stream: boolean;
}

const KINDS = (['budget', 'wallet'] as const).flatMap((paysBy) => [false, true].map((stream) => ({ paysBy, stream })));

function makePayers(door: GatewayProcess, name: string): Promise<Payer[]> {
  return Promise.all(
    KINDS.map(async ({ paysBy, stream }) => {
      const budget = paysBy === 'budget' ? usd(HOLD) : null;
      const { id } = await makeCustomer(door, `${name}, ${paysBy}, ${stream}`, { monthly_budget_usd: budget });
      if (paysBy === 'wallet') await topUp(door, id, usd(HOLD));
      return { id, paysBy, stream };
    }),
  );
}

/** A payer's call; whether all of the answer came. */
async function call(
  door: { chat(body: Record<string, unknown>): Promise<Response> },
  { id, stream }: Payer,
): Promise<number | 'cut off'> {
  try {
    const { status, text } = await answered(door.chat({ ...BODY, user: id, stream }));
    return status === 200 && stream && !text.endsWith(DONE) ? 'cut off' : status;
  } catch (error) {
    // Fetch's way of saying so; its class is not the one that tests see under the same name.
    if ((error as Error).name === 'TypeError') return 'cut off';
    throw error;
  }
}

/** What is spent and held of a payer's money, in dollars. */
async function moneyOf(door: Pick<Ringside, 'fetch'>, { id, paysBy }: Payer): Promise<{ spent: number; held: number }> {
  const read = async (path: string) =>
    (await (await door.fetch(`/v1/customers/${id}${path}`)).json()) as Record<string, number>;
  const customer = await read('');
  if (paysBy === 'budget') return { spent: customer['spend_usd_mtd']!, held: customer['held_usd']! };
  const wallet = await read('/wallet');
  return { spent: usd(HOLD - Math.round(wallet['balance_usd']! * 1e9)), held: wallet['held_usd']! };
}

/** Calls whose process was killed at a step of their way. */
interface Killed {
  readonly step: Step;
  readonly payers: readonly Payer[];
}

/** Kills a process at each step of four calls, one for each kind of payer. */
async function killAtEveryStep(): Promise<Killed[]> {
  const mute = await MuteServer.start();
  const killed: Killed[] = [];
  for (const step of STEPS) {
    const gateway = await start(step.isMute ? mute.url : upstream.url);
    const payers = await makePayers(gateway, step.name);
    const ledger = new LedgerFile(dir);
    let calls: Promise<unknown[]> = Promise.resolve([]);
    const make = () => (calls = Promise.all(payers.map((payer) => call(gateway, payer))));
    await step.killThere({ upstream, mute, ledger, calls: payers.length, make, kill: () => gateway.signal('SIGKILL') });
    ledger.close();
    expect(await gateway.ended).toEqual({ code: null, signal: 'SIGKILL' });
    if (step.answer !== 'luck') expect([step.name, await calls]).toEqual([step.name, payers.map(() => step.answer)]);
    killed.push({ step, payers });
  }
  await mute.close();
  return killed;
}

it(
  'R17 SIGKILL at every step leaves an explainable ledger (holds): what was held stays held until it is over, then it is free again',
  async () => {
    const killed = await killAtEveryStep();
    upstream.reply(dear);
    const sent = upstream.count;
    const restarted = await start();
    for (const { step, payers } of killed) {
      for (const payer of payers) {
        const money = step.isBooked ? { spent: usd(COST), held: 0 } : { spent: 0, held: usd(HOLD) };
        expect([step.name, await moneyOf(restarted, payer), await call(restarted, payer)]).toEqual([
          step.name,
          money,
          402,
        ]);
      }
    }
    expect(upstream.count).toBe(sent);
    await restarted.kill();

    // Two that start at once find the same holds; each of them ends once.
    const open = () => Ringside.start({ dir, upstream, clock: new SettableClock(ONE) });
    const [ringside, other] = await Promise.all([open(), open()]);
    await Promise.all([sweep(ringside), sweep(other)]);
    const expired: string[] = [];
    for (const { step, payers } of killed) {
      for (const payer of payers) {
        const [held] = await eventsOf(ringside, 'UsageHeld', payer.id);
        const released = (await eventsOf(ringside, 'HoldReleased', payer.id)).map(({ data }) => data);
        expect([step.name, released]).toEqual([
          step.name,
          step.isBooked ? [] : [{ hold: held!.data.hold, reason: 'expired' }],
        ]);
        expect([step.name, await moneyOf(other, payer)]).toEqual([
          step.name,
          { spent: step.isBooked ? usd(COST) : 0, held: 0 },
        ]);
        expired.push(...released.map(({ hold }) => hold));
      }
    }
    const { findings, expiredHolds } = await auditApp(ringside.gateway.app);
    expect([findings, expiredHolds.map(({ hold }) => hold).toSorted()]).toEqual([[], expired.toSorted()]);

    for (const { step, payers } of killed) {
      for (const payer of payers)
        expect([step.name, await call(other, payer)]).toEqual([step.name, step.isBooked ? 402 : 200]);
    }
    const charged = await eventsOf(ringside, 'UsageRecorded');
    // Only what was answered while nothing could be written is not in the book.
    expect(upstream.served).toHaveLength(charged.length + KINDS.length);
    expect(new Set(charged.map(({ requestId }) => requestId)).size).toBe(charged.length);
    expectMoneyHeld(await eventsIn(ringside));
    await Promise.all([ringside.gateway.stop(), other.gateway.stop()]);
  },
  STEPS.length * ROUND_TIMEOUT_MS,
);

it(
  'R12 open holds return to zero after every outcome (SIGKILL and expiry): the month turns before they expire',
  async () => {
    const gateway = await start(upstream.url, LAST_MINUTE);
    const payers = await makePayers(gateway, 'late');
    upstream.reply(silence());
    const calls = Promise.all(payers.map((payer) => call(gateway, payer)));
    await upstream.arrived(payers.length);
    await gateway.kill();
    await calls;

    const clock = new SettableClock(DECEMBER);
    const ringside = await Ringside.start({ dir, upstream, clock });
    upstream.reply(dear);
    for (const payer of payers) {
      // The new month has its whole budget; a wallet knows no months.
      expect([payer.paysBy, await call(ringside, payer)]).toEqual([
        payer.paysBy,
        payer.paysBy === 'budget' ? 200 : 402,
      ]);
    }
    clock.advance(ONE - NOON);
    await sweep(ringside);
    for (const payer of payers) {
      const endings = (await eventsOf(ringside, 'HoldReleased', payer.id)).map(({ data }) => data.reason);
      const spent = payer.paysBy === 'budget' ? usd(COST) : 0;
      expect([endings, await moneyOf(ringside, payer)]).toEqual([['expired'], { spent, held: 0 }]);
      expect([payer.paysBy, await call(ringside, payer)]).toEqual([
        payer.paysBy,
        payer.paysBy === 'budget' ? 402 : 200,
      ]);
    }
    await expectClosedBooks(ringside);
    expect(await auditApp(ringside.gateway.app)).toMatchObject({ expired: payers.length });
    await ringside.gateway.stop();
  },
  2 * ROUND_TIMEOUT_MS,
);

/** Customers of every kind; a round tops up those whose money is short. */
async function makeCustomers(survivor: Ringside) {
  const make = async (name: string, monthly_budget_usd: number | null) =>
    (await makeCustomer(survivor, name, { monthly_budget_usd })).id;
  const capped = { ample: await make('capped', AMPLE_USD), short: [await make('short', 0), await make('shorter', 0)] };
  const walleted = {
    ample: await make('prepaid', null),
    short: await make('nearly broke', null),
    both: await make('both', AMPLE_USD),
  };
  for (const customer of [walleted.ample, walleted.both]) await topUp(survivor, customer, AMPLE_USD);
  return {
    all: [capped.ample, ...capped.short, walleted.ample, walleted.short, walleted.both],
    refill: async () => {
      await topUp(survivor, walleted.short, SHORT_NANO_USD / 1e9);
      for (const customer of capped.short) {
        const { spend_usd_mtd: spent } = await survivor.get<{ spend_usd_mtd: number }>(`/v1/customers/${customer}`);
        await setCap(survivor, customer, Math.round(spent * 1e9) + SHORT_NANO_USD);
      }
    },
  };
}

it(
  'R17 SIGKILL at every step leaves an explainable ledger (holds): after kills of loaded processes at random moments',
  async () => {
    const beganMs = performance.now();
    const random = seeded(SEED);
    const load = new HoldsLoad(random);
    upstream.keepRequests = false;
    upstream.reply(load.script);
    // Beside the gateways that are killed lives one that takes no calls and sweeps after them.
    const clock = new SettableClock(NOON);
    const survivor = await Ringside.start({ dir, clock, upstream });
    const book = new HoldsBook(survivor);
    const customers = await makeCustomers(survivor);
    const startTwo = () => Promise.all([start(), start()]);
    let gateways = await startTwo();
    for (let round = 0; round < ROUNDS; round++) {
      await customers.refill();
      await Promise.all(gateways.map((gateway) => load.loadAndKill(gateway, customers.all)));
      clock.set(ONE);
      [gateways] = await Promise.all([startTwo(), sweep(survivor)]);
      clock.set(NOON);
      await book.readOn();
      expect(book.openHolds).toEqual([]);
    }
    for (const { signal } of await Promise.all(gateways.map((gateway) => gateway.stop()))) expect(signal).toBeNull();
    const expired = [...book.expired.values()].flat().length;
    process.stderr.write(
      `${load.finished.length} finished answers, ${load.refused} refusals, ${book.usage.size} calls booked, ${expired} holds expired, ` +
        `${Math.round((performance.now() - beganMs) / ROUNDS)} ms a round\n`,
    );
    expectExplained(load, book);
    expectMoneyHeld(book.events);
    for (const customer of customers.all)
      expect(await survivor.get(`/v1/customers/${customer}`)).toMatchObject({ held_usd: 0 });
    expect(await auditApp(survivor.gateway.app)).toMatchObject({ findings: [], expired });
    await survivor.gateway.stop();
  },
  60_000 + ROUNDS * ROUND_TIMEOUT_MS,
);
