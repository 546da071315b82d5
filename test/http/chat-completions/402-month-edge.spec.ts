import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { atOnce, holdOf, makeCustomer, usd } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { completion, echo, json } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';
import { SettableClock } from '../../support/settable-clock.js';

const BODY = { max_tokens: 10 };
const USAGE = usageOf(20, 10);
const COST = 20 * 150 + 10 * 600;

const clock = new SettableClock();
let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start({ clock });
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

let made = 0;

/** A customer whose budget fits one call, and no second one once the first is paid. */
async function customerOfOneCall() {
  const hold = await holdOf(ringside, BODY);
  const { id } = await makeCustomer(ringside, `edge-${++made}`, { monthly_budget_usd: usd(hold) });
  const call = async (stream = false) => {
    const answer = await answered(ringside.chat({ ...BODY, user: id, stream }));
    return answer.status;
  };
  const money = async () => {
    const { spend_usd_mtd, held_usd, budget_remaining_usd } = await ringside.get(`/v1/customers/${id}`);
    return [spend_usd_mtd, held_usd, budget_remaining_usd];
  };
  return { id, hold, call, money };
}

const dear = json(completion({ usage: USAGE }));

it.each([
  ['a common month', '2026-12-01T00:00:00Z'],
  ['the end of the year', '2027-01-01T00:00:00Z'],
  ['a leap day', '2028-03-01T00:00:00Z'],
])(
  'R9 spend resets at the UTC month edge and at no other moment (HTTP): 1 ms before the edge refused, at the edge admitted: %s',
  async (_, edge) => {
    clock.set(Date.parse(edge) - 86_400_000);
    const { call, money, hold } = await customerOfOneCall();
    ringside.upstream.replyOnce(dear);
    expect([await call(), await call()]).toEqual([200, 402]);
    clock.set(Date.parse(edge) - 1);
    expect([await call(), await call(true), await money()]).toEqual([402, 402, [usd(COST), 0, usd(hold - COST)]]);
    clock.set(edge);
    expect(await money()).toEqual([0, 0, usd(hold)]);
    ringside.upstream.replyOnce(dear);
    expect([await call(), await call(true), await money()]).toEqual([200, 402, [usd(COST), 0, usd(hold - COST)]]);
  },
);

it('R9 spend resets at the UTC month edge and at no other moment (HTTP): a customer created in the middle of a month keeps its spend to the end of it', async () => {
  clock.set('2028-05-17T13:14:15Z');
  const { call, money, hold } = await customerOfOneCall();
  ringside.upstream.replyOnce(dear);
  expect(await call()).toBe(200);
  for (const moment of ['2028-05-17T13:20:00Z', '2028-05-18T00:00:00Z', '2028-05-31T23:59:59.999Z']) {
    clock.set(moment);
    expect([await call(), await money()]).toEqual([402, [usd(COST), 0, usd(hold - COST)]]);
  }
});

it('R9 spend resets at the UTC month edge and at no other moment (HTTP): 64 calls in the first millisecond open the month once and share its budget', async () => {
  clock.set('2028-06-30T23:59:59.999Z');
  const { id, call } = await customerOfOneCall();
  ringside.upstream.replyOnce(dear);
  expect(await call()).toBe(200);
  clock.advance(1);
  const { counts } = await atOnce(ringside, 64, (i) => ringside.chat({ ...BODY, user: id, stream: i % 2 === 0 }));
  expect(counts).toEqual({ admitted: 1, refused: 63, sent: 1 });
  expect((await eventsOf(ringside, 'StatementOpened', id)).map(({ data }) => data.month)).toEqual(['202806', '202807']);
});

it('R9 spend resets at the UTC month edge and at no other moment (HTTP): a hold taken at 23:59:59 settles into the old month', async () => {
  clock.set('2028-09-30T23:59:59Z');
  const { id, call, money, hold } = await customerOfOneCall();
  const { promise: open, resolve } = Promise.withResolvers<void>();
  for (let calls = 0; calls < 2; calls++)
    ringside.upstream.replyOnce((...request) => open.then(() => dear(...request)));
  const late = call();
  await ringside.upstream.arrived();
  expect([await call(), await money()]).toEqual([402, [0, usd(hold), 0]]);

  clock.set('2028-10-01T00:00:00Z');
  expect(await money()).toEqual([0, 0, usd(hold)]);
  // The whole budget of the new month is there although the old month's call is still under way.
  const early = call();
  await ringside.upstream.arrived();
  expect(await money()).toEqual([0, usd(hold), 0]);
  resolve();
  expect([await late, await early]).toEqual([200, 200]);

  expect(await money()).toEqual([usd(COST), 0, usd(hold - COST)]);
  const usage = (from: string, to: string) => ringside.get(`/v1/customers/${id}/usage?from=${from}&to=${to}`);
  const one = { total_cost_usd: usd(COST), total: { requests: 1, cost_usd: usd(COST) } };
  expect(await usage('2028-09-01', '2028-10-01')).toMatchObject(one);
  expect(await usage('2028-10-01', '2028-11-01')).toMatchObject(one);
  clock.set('2028-10-31T23:59:59.999Z');
  expect(await call()).toBe(402);
});

it('R9 spend resets at the UTC month edge and at no other moment (HTTP): a clock that is set back reopens nothing and forgets nothing', async () => {
  clock.set('2028-12-01T00:00:00Z');
  const { id, call, money, hold } = await customerOfOneCall();
  ringside.upstream.replyOnce(dear);
  expect(await call()).toBe(200);
  clock.set('2028-11-30T23:59:00Z');
  expect([await call(), await money()]).toEqual([402, [usd(COST), 0, usd(hold - COST)]]);
  expect((await eventsOf(ringside, 'StatementOpened', id)).map(({ data }) => data.month)).toEqual(['202812']);
  clock.set('2029-01-01T00:00:00Z');
  ringside.upstream.replyOnce(echo());
  expect(await call()).toBe(200);
});
