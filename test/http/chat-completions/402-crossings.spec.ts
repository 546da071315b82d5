import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { atOnce, holdOf, makeCustomer, setCap, usd } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { completion, json } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';
import { SettableClock } from '../../support/settable-clock.js';

const BODY = { max_tokens: 10 };

/**
 * More than was held for, as a provider may answer that does not keep to its limit: 64 of these cross a cap for 64
 * calls.
 */
const TOO_MUCH = json(completion({ usage: usageOf(100, 10) }));
const COST_OF_TOO_MUCH = 100 * 150 + 10 * 600;
/** Nearly what was held. */
const ENOUGH = json(completion({ usage: usageOf(30, 10) }));

const clock = new SettableClock();
let ringside: Ringside;
let hold: number;
beforeAll(async () => {
  ringside = await Ringside.start({ clock });
  hold = await holdOf(ringside, BODY);
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

/** Which thresholds a customer has crossed, and by what, in order. */
async function crossed(customer: string, on = ringside): Promise<string[]> {
  return (await eventsOf(on, 'BudgetThresholdCrossed', customer)).map(({ data }) => `${data.percent} ${data.by}`);
}

async function refusals(customer: string, count: number, on = ringside): Promise<void> {
  const calls = Array.from(
    { length: count },
    async () => (await answered(on.chat({ ...BODY, user: customer }))).status,
  );
  expect(new Set(await Promise.all(calls))).toEqual(new Set([402]));
}

it('R37 a crossing notifies once per customer and period (ledger): 64 parallel crossings and 100 later refusals are one fact each', async () => {
  const { id } = await makeCustomer(ringside, 'spending', { monthly_budget_usd: usd(64 * hold) });
  const { counts } = await atOnce(ringside, 64, () => ringside.chat({ ...BODY, user: id }), TOO_MUCH);
  expect(counts.admitted).toBe(64);
  expect(await crossed(id)).toEqual(['80 spent', '100 spent']);
  await refusals(id, 100);
  expect(await crossed(id)).toEqual(['80 spent', '100 spent']);
});

it('R37 a crossing notifies once per customer and period (ledger): refusals at once are one fact, which says what was spent and held', async () => {
  const { id } = await makeCustomer(ringside, 'refused', { monthly_budget_usd: usd(2 * hold) });
  await atOnce(ringside, 64, () => ringside.chat({ ...BODY, user: id }), ENOUGH);
  expect(await crossed(id)).toEqual(['100 refused', '80 spent']);
  expect((await eventsOf(ringside, 'BudgetThresholdCrossed', id))[0]!.data).toMatchObject({
    capNanoUsd: String(2 * hold),
    spentNanoUsd: '0',
    heldNanoUsd: String(2 * hold),
  });
  await refusals(id, 100);
  expect(await crossed(id)).toHaveLength(2);
});

it('R37 a crossing notifies once per customer and period (ledger): a raised cap that is crossed again, and the next month, are one more each, and a restart none', async () => {
  const { id } = await makeCustomer(ringside, 'raised', { monthly_budget_usd: usd(hold) });
  const spend = async () => {
    ringside.upstream.replyOnce(TOO_MUCH);
    expect((await answered(ringside.chat({ ...BODY, user: id }))).status).toBe(200);
  };
  const once = ['80 spent', '100 spent'];
  await spend();
  await refusals(id, 3);
  expect(await crossed(id)).toEqual(once);

  await setCap(ringside, id, 2 * COST_OF_TOO_MUCH);
  expect(await crossed(id)).toEqual(once);
  await spend();
  await refusals(id, 3);
  expect(await crossed(id)).toEqual([...once, ...once]);

  await setCap(ringside, id, COST_OF_TOO_MUCH);
  expect(await crossed(id)).toEqual([...once, ...once]);

  clock.set('2026-12-01T00:00:00Z');
  await spend();
  await refusals(id, 3);
  expect(await crossed(id)).toEqual([...once, ...once, ...once]);

  const { dir, upstream } = ringside;
  const next = await Ringside.start({ dir, upstream, clock });
  await refusals(id, 3, next);
  expect(await crossed(id, next)).toHaveLength(6);
  await next.gateway.stop();
}, 30_000);
