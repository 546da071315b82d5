import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { answered } from '../../support/failed-call.js';
import { atOnce, holdOf, setCap, usd } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { completion, json } from '../../support/scripted-upstream.js';
import { usageOf } from '../../support/serving.js';
import { changeWallet, makePrepaid } from '../../support/wallets.js';

let ringside: Ringside;
beforeAll(async () => {
  ringside = await Ringside.start();
});
afterEach(() => expectClosedBooks(ringside));
afterAll(() => ringside.stop());

const BODY = { max_tokens: 10 };
const EMPTY = { code: 'customer_wallet_empty', type: 'billing_error', param: null };

async function facts(customer: string): Promise<string[]> {
  return (await eventsOf(ringside, 'WalletThresholdCrossed', customer)).map(
    ({ data }) => `${data.threshold} ${data.by}`,
  );
}

describe('a wallet under 64 calls at once', () => {
  it.each<[string, (index: number) => boolean]>([
    ['JSON', () => false],
    ['streams and JSON mixed', (index) => index % 2 === 0],
  ])('admits exactly as many as their cost can be held for: %s', async (kind, isStream) => {
    const hold = await holdOf(ringside, BODY);
    const id = await makePrepaid(ringside, `cost, ${kind}`, usd(5 * hold));
    const { counts, refusals } = await atOnce(ringside, 64, (i) =>
      ringside.chat({ ...BODY, user: id, stream: isStream(i) }),
    );
    expect(counts).toEqual({ admitted: 5, refused: 59, sent: 5 });
    for (const { headers, ...refusal } of refusals) {
      expect(refusal).toMatchObject(EMPTY);
      expect(refusal.message).toContain(`${usd(5 * hold)} USD of balance, of which ${usd(5 * hold)} USD is held`);
      expect(headers.get('x-should-retry')).toBe('false');
    }
    // Each answer used a token in and one out.
    expect(await ringside.get(`/v1/customers/${id}/wallet`)).toMatchObject({
      balance_usd: usd(5 * hold - 5 * 750),
      held_usd: 0,
    });
  });

  it('admits exactly as many as it has amounts for', async () => {
    const id = await makePrepaid(ringside, 'amounts', 0.7);
    const { counts } = await atOnce(ringside, 64, (i) =>
      ringside.chat({ user: id, stream: i % 2 === 0 }, { 'X-FC-Billable-Amount': '0.1' }),
    );
    expect(counts).toEqual({ admitted: 7, refused: 57, sent: 7 });
    expect(await ringside.get(`/v1/customers/${id}/wallet`)).toMatchObject({
      balance_usd: 0,
      held_usd: 0,
      available_usd: 0,
    });
    expect(await facts(id)).toEqual(['empty refused', 'low spent']);
  });
});

describe('a wallet and a budget together', () => {
  it('let through what both can pay, and name the one that cannot', async () => {
    const hold = await holdOf(ringside, BODY);
    const id = await makePrepaid(ringside, 'both', usd(3 * hold), { monthly_budget_usd: usd(2 * hold) });
    const code = async (headers?: Record<string, string>) => {
      const { status, text } = await answered(ringside.chat({ ...BODY, user: id }, headers));
      return status === 200 ? 200 : (JSON.parse(text) as { error: { code: string } }).error.code;
    };
    const together = await atOnce(ringside, 16, () => ringside.chat({ ...BODY, user: id }));
    expect(together.counts).toEqual({ admitted: 2, refused: 14, sent: 2 });
    expect(new Set(together.refusals.map((refusal) => refusal.code))).toEqual(new Set(['customer_budget_exceeded']));
    await setCap(ringside, id, 100 * hold);
    const rich = await atOnce(ringside, 16, () => ringside.chat({ ...BODY, user: id }));
    expect(rich.refusals[0]).toMatchObject(EMPTY);
    // The amount is the wallet's, the cost the budget's.
    await setCap(ringside, id, 0);
    expect(await code({ 'X-FC-Billable-Amount': '0' })).toBe('customer_budget_exceeded');
    await setCap(ringside, id, 100 * hold);
    expect([await code({ 'X-FC-Billable-Amount': '1' }), await code({ 'X-FC-Billable-Amount': '0' })]).toEqual([
      'customer_wallet_empty',
      200,
    ]);
  });
});

describe('facts about a wallet', () => {
  const pay = async (user: string, amount: string) =>
    (await answered(ringside.chat({ user }, { 'X-FC-Billable-Amount': amount }))).status;

  it('low and empty stand in the book once a crossing, and again after a top-up', async () => {
    const id = await makePrepaid(ringside, 'facts', 1);
    expect([await pay(id, '0.8'), await facts(id)]).toEqual([200, []]);
    expect([await pay(id, '0.000000001'), await facts(id)]).toEqual([200, ['low spent']]);
    expect([await pay(id, '0.199999999'), await facts(id)]).toEqual([200, ['low spent', 'empty spent']]);
    for (let calls = 0; calls < 3; calls++) expect(await pay(id, '0.1')).toBe(402);
    expect(await facts(id)).toEqual(['low spent', 'empty spent']);
    expect((await eventsOf(ringside, 'WalletThresholdCrossed', id))[0]!.data).toMatchObject({
      balanceNanoUsd: '199999999',
      lastTopUpNanoUsd: '1000000000',
    });
    expect((await changeWallet(ringside, id, 'topup', { amount_usd: 10 }))[0]).toBe(201);
    expect([await pay(id, '9'), await pay(id, '1')]).toEqual([200, 200]);
    expect(await facts(id)).toEqual(['low spent', 'empty spent', 'low spent', 'empty spent']);
  });

  it('64 crossings at once and 100 refusals later are one fact each', async () => {
    const id = await makePrepaid(ringside, 'crossing', 0.64);
    const script = json(completion({ usage: usageOf(1, 1) }));
    const { counts } = await atOnce(
      ringside,
      64,
      () => ringside.chat({ user: id }, { 'X-FC-Billable-Amount': '0.01' }),
      script,
    );
    expect(counts.admitted).toBe(64);
    const refused = await Promise.all(Array.from({ length: 100 }, () => pay(id, '0.01')));
    expect(new Set(refused)).toEqual(new Set([402]));
    expect(await facts(id)).toEqual(['low spent', 'empty spent']);
  });
});
