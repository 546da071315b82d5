import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HoldSweeper } from '../../src/ledger/usage/hold-sweeper.js';
import { StatementRegistry } from '../../src/ledger/statements/statement-registry.js';
import { auditApp } from '../../src/run-audit.js';
import { eventsOf } from '../support/booked.js';
import { expectClosedBooks } from '../support/closing-assertions.js';
import { answered } from '../support/failed-call.js';
import { build, killGateways, type GatewayProcess } from '../support/gateway-process.js';
import { atOnce, makeCustomer, setCap, usd } from '../support/limited-customers.js';
import { Ringside } from '../support/ringside.js';
import { ScriptedUpstream } from '../support/scripted-upstream.js';
import { SettableClock } from '../support/settable-clock.js';
import { admitted, BODY, COST, dear, HOLD } from './capped-calls.js';
import { moveClock, startAt, until } from './clocked-process.js';

const EVENING = Date.UTC(2026, 10, 30, 23);
/** Longer after than any hold lasts by the default settings. */
const LATER = Date.UTC(2026, 10, 30, 23, 30);
const LAST_MINUTE = Date.UTC(2026, 10, 30, 23, 59);
const DECEMBER = Date.UTC(2026, 11, 1);
const CALLS = 64;
const TEST_TIMEOUT_MS = 60_000;
/** What a customer gets who is made without a budget. */
const DEFAULT_BUDGET = { RINGSIDE_DEFAULT_CUSTOMER_BUDGET_USD: ((3 * HOLD) / 1e9).toFixed(9) };

let dir: string;
let upstream: ScriptedUpstream;
const clock = new SettableClock(EVENING);
/** One gateway in this process and one in another, on one data directory. */
let here: Ringside;
let there: GatewayProcess;

beforeAll(async () => {
  await build();
  dir = await mkdtemp(join(tmpdir(), 'ringside-two-gateways-'));
  upstream = await ScriptedUpstream.start();
  here = await Ringside.start({ dir, clock, upstream, env: DEFAULT_BUDGET });
  there = await startThere();
}, 180_000);

afterEach(() => expectClosedBooks(here), TEST_TIMEOUT_MS);

afterAll(async () => {
  await killGateways();
  await here.stop();
  await rm(dir, { recursive: true });
});

const startThere = () =>
  startAt([EVENING, LAST_MINUTE, DECEMBER], { dir, upstreamUrl: upstream.url, env: DEFAULT_BUDGET });

/** A gateway as its callers see it. */
interface Door {
  chat(body: Record<string, unknown>): Promise<Response>;
}

/** Calls at once, every other one through each of the doors and a third of them streamed; how many are admitted. */
async function admittedOf(user: string, doors: readonly Door[] = [here, there]): Promise<number> {
  const call = (index: number) => doors[index % doors.length]!.chat({ ...BODY, user, stream: index % 3 === 0 });
  const { counts } = await atOnce({ upstream }, CALLS, call, dear);
  expect(counts).toEqual({ admitted: counts.sent, refused: CALLS - counts.sent, sent: counts.sent });
  return counts.sent;
}

const capped = (name: string, calls: number) => makeCustomer(there, name, { monthly_budget_usd: usd(calls * HOLD) });

/** Makes one call that costs what `dear` answers cost. */
async function callOf(user: string, door: Door): Promise<number> {
  upstream.reply(dear);
  const { status } = await answered(door.chat({ ...BODY, user }));
  return status;
}

/** Sends calls whose answers are kept back until they are let go. */
async function keptBack(user: string, doors: readonly Door[]) {
  const { promise: open, resolve: letGo } = Promise.withResolvers<void>();
  const before = upstream.count;
  upstream.replyOnce(
    ...doors.map(
      () =>
        async (...request: Parameters<typeof dear>) => (await open, dear(...request)),
    ),
  );
  const calls = doors.map((door, index) => answered(door.chat({ ...BODY, user, stream: index % 2 === 0 })));
  // Those of a gateway that is killed fail, and nobody asks them.
  for (const call of calls) call.catch(() => undefined);
  await upstream.arrived(before + doors.length);
  return {
    letGo: async () => {
      letGo();
      return (await Promise.all(calls)).map(({ status }) => status);
    },
  };
}

/** What a customer has spent this month, in nano-dollars. */
async function spentBy(user: string): Promise<number> {
  const { spend_usd_mtd } = await here.get<{ spend_usd_mtd: number }>(`/v1/customers/${user}`);
  return Math.round(spend_usd_mtd * 1e9);
}

/** The months that were opened for a customer. */
async function monthsOf(user: string): Promise<string[]> {
  return (await eventsOf(here, 'StatementOpened', user)).map(({ data }) => data.month);
}

async function expectSpent(user: string, calls: number): Promise<void> {
  expect(await here.get(`/v1/customers/${user}`)).toMatchObject({ spend_usd_mtd: usd(calls * COST), held_usd: 0 });
}

it(
  'R11 two gateway processes share one cap: exactly ten of 64 are admitted, and the survivor of a SIGKILL knows the full spend at once',
  async () => {
    const dying = await startThere();
    const { id } = await capped('ten', 10);
    expect(await admittedOf(id, [here, dying])).toBe(10);
    const free = 10 * HOLD - 10 * COST;
    await dying.kill();
    expect(await admittedOf(id, [here])).toBe(admitted(free));
    await expectSpent(id, 10 + admitted(free));
  },
  TEST_TIMEOUT_MS,
);

it(
  'R11 two gateway processes share one cap: what a killed one held counts until it expires, and not for longer',
  async () => {
    const dying = await startThere();
    const [swept, unswept] = [await capped('swept', 10), await capped('unswept', 10)];
    for (const { id } of [swept, unswept]) {
      const calls = await keptBack(id, [here, here, here, here, here]);
      await keptBack(id, [dying, dying, dying, dying, dying]);
      expect(await admittedOf(id, [here, there, dying])).toBe(0);
      expect(await calls.letGo()).toEqual([200, 200, 200, 200, 200]);
    }
    await dying.kill();
    const more = admitted(5 * HOLD - 5 * COST);
    for (const { id } of [swept, unswept]) expect(await admittedOf(id)).toBe(more);

    clock.set(LATER);
    const free = 10 * HOLD - (5 + more) * COST;
    // Whoever needs the money of an overdue hold does not have to wait for the sweeper.
    expect(await admittedOf(unswept.id, [here])).toBe(admitted(free));
    await here.settled();
    await here.gateway.app.get(HoldSweeper).sweep();
    await expectSpent(swept.id, 5 + more);
    clock.set(EVENING);
    expect(await admittedOf(swept.id)).toBe(admitted(free));

    for (const { id } of [swept, unswept]) {
      const ends = (await eventsOf(here, 'HoldReleased', id)).map(({ data }) => data.reason);
      expect(ends).toEqual(['expired', 'expired', 'expired', 'expired', 'expired']);
    }
    expect(await auditApp(here.gateway.app)).toMatchObject({ expired: 10 });
  },
  TEST_TIMEOUT_MS,
);

it(
  'R11 two gateway processes share one cap: a cap that is changed through one rules the very next call at the other',
  async () => {
    const { id } = await capped('changed', 1);
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      await setCap(from, id, 0);
      expect(await callOf(id, to)).toBe(402);
      await setCap(from, id, (await spentBy(id)) + 3 * HOLD);
      expect(await admittedOf(id, [to])).toBe(3);
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'R11 two gateway processes share one cap: a first cap that is set through one rules the other as soon as it has heard of it',
  async () => {
    const statements = here.gateway.app.get(StatementRegistry);
    for (const user of ['first', 'second', 'third']) {
      const { id } = await makeCustomer(there, user, { monthly_budget_usd: null });
      expect([await callOf(id, here), statements.known(id)?.capNanoUsd]).toEqual([200, null]);
      await setCap(there, id, COST + 3 * HOLD);
      // No call of this customer is made here meanwhile, which would find out by itself.
      await until(() => statements.known(id)?.capNanoUsd !== null);
      expect(await admittedOf(id, [here])).toBe(3);
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'R1 concurrent first calls of an unknown customer cannot pass its cap (two processes): 64 at both make one customer and admit three',
  async () => {
    const users = ['never seen', 'nor this one', 'nor that one'];
    for (const user of users) expect([user, await admittedOf(user)]).toEqual([user, 3]);
    const made = (await eventsOf(here, 'CustomerCreated')).filter(({ personal }) =>
      users.includes(personal?.externalId ?? ''),
    );
    expect(made.map(({ personal }) => personal!.externalId)).toEqual(users);
    for (const { customer } of made) {
      expect(await eventsOf(here, 'UsageHeld', customer)).toHaveLength(3);
      expect(await eventsOf(here, 'UsageRecorded', customer)).toHaveLength(3);
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'R11 two gateway processes share one cap: a wallet that is topped up through one pays at the other, and at both together no more than it has',
  async () => {
    const { id } = await makeCustomer(here, 'prepaid', { monthly_budget_usd: null });
    expect([await callOf(id, here), await callOf(id, there)]).toEqual([200, 200]);
    const topUp = async (door: Pick<Ringside, 'fetch'>, amount: number) =>
      expect((await door.fetch(`/v1/customers/${id}/wallet/topup`, { body: { amount_usd: usd(amount) } })).status).toBe(
        201,
      );
    await topUp(there, 1);
    await until(() => here.gateway.app.get(StatementRegistry).known(id)?.wallet !== null);
    expect([await callOf(id, here), await callOf(id, there)]).toEqual([402, 402]);
    await topUp(here, 3 * HOLD - 1);
    expect(await admittedOf(id, [there])).toBe(3);
    await topUp(there, 3 * COST);
    expect(await admittedOf(id)).toBe(3);
    expect(await here.get(`/v1/customers/${id}/wallet`)).toMatchObject({
      balance_usd: usd(3 * HOLD - 3 * COST),
      held_usd: 0,
    });
  },
  TEST_TIMEOUT_MS,
);

it(
  'R11 two gateway processes share one cap: who was refused by one is admitted as soon as the other has settled',
  async () => {
    const { id } = await capped('waiting', 2);
    for (const [busy, other] of [
      [here, there],
      [there, here],
    ] as const) {
      const calls = await keptBack(id, [busy, busy]);
      expect([await callOf(id, other), await callOf(id, busy)]).toEqual([402, 402]);
      expect(await calls.letGo()).toEqual([200, 200]);
      await setCap(busy, id, (await spentBy(id)) + 2 * HOLD);
      expect(await admittedOf(id, [other])).toBe(2);
      await setCap(busy, id, (await spentBy(id)) + 2 * HOLD);
    }
  },
  TEST_TIMEOUT_MS,
);

it(
  'R11 two gateway processes share one cap: the month turns at one before the other, and at both together',
  async () => {
    clock.set(LAST_MINUTE);
    await moveClock(there, LAST_MINUTE);
    const [apart, together, quiet] = [await capped('apart', 3), await capped('together', 3), await capped('quiet', 3)];
    const late = [];
    for (const { id } of [apart, together]) late.push(await keptBack(id, [here, there]));

    clock.set(DECEMBER);
    expect(await callOf(apart.id, here)).toBe(200);
    // The other one's clock still says November; the month that is open is the one that counts.
    expect(await admittedOf(apart.id)).toBe(2);
    // It counts also for those whose first call this is, and for those who were made in it.
    expect([await callOf(quiet.id, here), await admittedOf(quiet.id)]).toEqual([200, 2]);
    const { id: made } = await makeCustomer(here, 'made in December', { monthly_budget_usd: usd(3 * HOLD) });
    expect([await callOf(made, there), await admittedOf(made)]).toEqual([200, 2]);
    await moveClock(there, DECEMBER);
    expect(await admittedOf(apart.id, [there])).toBe(0);
    expect(await admittedOf(together.id)).toBe(3);

    for (const calls of late) expect(await calls.letGo()).toEqual([200, 200]);
    for (const { id } of [apart, together]) {
      await expectSpent(id, 3);
      const november = await here.get(`/v1/customers/${id}/usage?from=2026-11-01&to=2026-12-01`);
      expect(november).toMatchObject({ total_cost_usd: usd(2 * COST), total: { requests: 2 } });
      expect(await monthsOf(id)).toEqual(['202611', '202612']);
    }
    expect([await monthsOf(quiet.id), await monthsOf(made)]).toEqual([['202611', '202612'], ['202612']]);
  },
  TEST_TIMEOUT_MS,
);
