import { HoldSweeper } from '../../../src/ledger/usage/hold-sweeper.js';
import { auditApp } from '../../../src/run-audit.js';
import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { holdOf, makeCustomer, setCap, usd } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { completion, json } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';
import { changeWallet } from '../../support/wallets.js';
import { SettableClock } from '../../support/settable-clock.js';

const BODY = { max_tokens: 10 };
const USAGE = usageOf(20, 10);
const COST = 20 * 150 + 10 * 600;
const NOVEMBER = '2026-11-15T12:00:00Z';
const DAY_MS = 86_400_000;

const clock = new SettableClock(Date.parse(NOVEMBER));
let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ clock });
  ringside.upstream.reply(dear);
});
beforeEach(() => clock.set(NOVEMBER));
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const dear = json(completion({ usage: USAGE }));
let made = 0;

/** A customer whose budget fits one call and what it held, and no second one once the first is paid. */
async function customerOfOneCall(fields: object = {}) {
  const hold = await holdOf(ringside, BODY);
  const { id } = await makeCustomer(ringside, `jump-${++made}`, { monthly_budget_usd: usd(hold), ...fields });
  const call = async () => {
    const { status } = await answered(ringside.chat({ ...BODY, user: id }));
    return status;
  };
  const spent = async () => (await ringside.get(`/v1/customers/${id}`))['spend_usd_mtd'];
  const usage = async (query: string) => (await ringside.get(`/v1/customers/${id}/usage?${query}`))['total_cost_usd'];
  return { id, hold, call, spent, usage };
}

async function readiness() {
  const response = await ringside.fetch('/readyz');
  return [response.status, await response.json()];
}

it('S11 the clock jumps 400 days ahead and back: calls count in the month of the clock, and each later month has its budget', async () => {
  const { id, call, spent, usage } = await customerOfOneCall();
  clock.advance(400 * DAY_MS);
  expect([await call(), await call(), await spent()]).toEqual([200, 402, usd(COST)]);
  clock.set(NOVEMBER);
  expect(await spent()).toBe(0);
  expect([await call(), await call(), await spent()]).toEqual([200, 402, usd(COST)]);
  const [status, { missing, warnings }] = (await readiness()) as [number, { missing: string[]; warnings: string[] }];
  expect([status, missing]).toEqual([200, []]);
  expect(warnings).toEqual([
    expect.stringMatching(/^a statement of 202712 lies ahead of the clock \(2026-11-15T12:00:00.000Z\)/),
  ]);
  expect((await eventsOf(ringside, 'UsageRecorded', id)).map(({ data }) => data.countsIn)).toEqual([null, '202611']);

  clock.set('2026-11-30T23:59:59.999Z');
  expect(await call()).toBe(402);
  for (const month of ['2026-12', '2027-01', '2027-11']) {
    clock.set(`${month}-01T00:00:00Z`);
    expect([await spent(), await call(), await call(), await spent()]).toEqual([0, 200, 402, usd(COST)]);
  }
  // The month that the clock was in too early was paid for then.
  clock.set('2027-12-31T23:59:59Z');
  expect([await call(), await spent()]).toEqual([402, usd(COST)]);
  clock.set('2028-01-01T00:00:00Z');
  expect([await spent(), await call(), await call()]).toEqual([0, 200, 402]);
  expect((await readiness())[1]).toEqual({ status: 'ready', missing: [] });

  // Usage now and usage from the book say the same of every month.
  const position = (await ringside.get('/v1/usage'))['as_of'] as { position: number };
  for (const [from, to, cost] of [
    ['2026-11-15T12:00:00Z', '2026-11-15T13:00:00Z', COST],
    ['2026-11-01', '2026-12-01', COST],
    ['2026-12-01', '2027-12-01', 3 * COST],
    ['2027-12-01', '2028-01-01', COST],
    ['2026-11-01', '2028-02-01', 6 * COST],
  ] as const) {
    const period = `from=${from}&to=${to}`;
    expect([period, await usage(period), await usage(`${period}&as_of=${position.position}`)]).toEqual([
      period,
      usd(cost),
      usd(cost),
    ]);
  }
});

it('S11 the clock jumps a day ahead at the month edge and back: the old month still has its budget, and the new one gets its own once', async () => {
  clock.set('2026-11-30T12:00:00Z');
  const { call, spent } = await customerOfOneCall();
  clock.advance(DAY_MS);
  expect([await call(), await call()]).toEqual([200, 402]);
  clock.set('2026-11-30T12:01:00Z');
  expect([await spent(), await call(), await call()]).toEqual([0, 200, 402]);
  clock.set('2026-11-30T23:59:59.999Z');
  expect([await spent(), await call()]).toEqual([usd(COST), 402]);
  clock.set('2026-12-01T00:00:00Z');
  expect([await spent(), await call()]).toEqual([usd(COST), 402]);
  clock.set('2027-01-01T00:00:00Z');
  expect([await spent(), await call()]).toEqual([0, 200]);
});

it('S11 the clock jumps back by 400 days and ahead again: the month it comes from keeps what was spent', async () => {
  const { call, spent } = await customerOfOneCall();
  expect([await call(), await call()]).toEqual([200, 402]);
  clock.advance(-400 * DAY_MS);
  expect([await spent(), await call(), await call()]).toEqual([0, 200, 402]);
  clock.set(NOVEMBER);
  expect([await spent(), await call()]).toEqual([usd(COST), 402]);
});

it('S11 a customer made while the clock was ahead, and one without a budget, count in the month of the clock', async () => {
  clock.advance(400 * DAY_MS);
  const early = await customerOfOneCall();
  const free = await customerOfOneCall({ monthly_budget_usd: null });
  expect(await free.call()).toBe(200);
  clock.set(NOVEMBER);
  expect([await early.call(), await early.call(), await early.spent()]).toEqual([200, 402, usd(COST)]);
  expect([await free.call(), await free.call(), await free.spent()]).toEqual([200, 200, usd(2 * COST)]);
  // A budget that is set now knows of them.
  await setCap(ringside, free.id, 2 * COST);
  expect(await free.call()).toBe(402);
});

it('S11 a wallet is one, whichever month calls count in, and a jump of the clock gives away nothing that a call under way holds', async () => {
  const { id, hold } = await customerOfOneCall({ monthly_budget_usd: null });
  await changeWallet(ringside, id, 'topup', { amount_usd: usd(hold) });
  const wallet = async () => {
    const { balance_usd, held_usd } = await ringside.get(`/v1/customers/${id}/wallet`);
    return [balance_usd, held_usd];
  };
  const { promise: open, resolve } = Promise.withResolvers<void>();
  ringside.upstream.replyOnce((...request) => open.then(() => dear(...request)));
  const first = answered(ringside.chat({ ...BODY, user: id }));
  await ringside.upstream.arrived();
  for (const jump of [DAY_MS, 400 * DAY_MS, -400 * DAY_MS]) {
    clock.advance(jump);
    await ringside.gateway.app.get(HoldSweeper).sweep();
    expect((await answered(ringside.chat({ ...BODY, user: id }))).status).toBe(402);
    expect(await wallet()).toEqual([usd(hold), usd(hold)]);
  }
  resolve();
  expect((await first).status).toBe(200);
  expect(await wallet()).toEqual([usd(hold - COST), 0]);
  expect((await eventsOf(ringside, 'UsageRecorded', id)).map(({ data }) => data.flags)).toEqual([[]]);
});

it('S11 the audit lists what the clock did, and finds no fault in it', async () => {
  const { call } = await customerOfOneCall();
  clock.advance(400 * DAY_MS);
  expect(await call()).toBe(200);
  clock.set(NOVEMBER);
  expect(await call()).toBe(200);
  const { problems, clockNotes } = await auditApp(ringside.gateway.app);
  expect(problems).toBe(0);
  const notes = clockNotes.map(({ note }) => note);
  expect(notes).toContain('calls count in 202611 from here on, in the statement of 202712');
  expect(notes).toContain('usage of 202611 stands in the statement of 202712');
  expect(
    notes.some((note) =>
      /^the clock went back by 400 days, from 2027-12-20T12:00:00.000Z to 2026-11-15T12:00:00.000Z; statements had been opened up to /.test(
        note,
      ),
    ),
  ).toBe(true);
});
