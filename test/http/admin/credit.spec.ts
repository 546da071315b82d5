import { CreditThresholdWriter } from '../../../src/ledger/accounts/credit-threshold-writer.js';
import { eventsOf } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import { CreditedAccount, DEAR, DEAR_PRICE, dearDraw, SIGN_UP_CREDIT, used } from '../../support/credited-account.js';
import { answered } from '../../support/failed-call.js';
import { usd } from '../../support/limited-customers.js';

let account: CreditedAccount;
beforeAll(async () => {
  account = await CreditedAccount.start('track');
  await account.publish({ dear: DEAR_PRICE });
}, 15_000);
afterEach(() => expectClosedBooks(account.ringside));
afterAll(() => account.ringside.stop(), 15_000);

/** Draws this much by one call: its price and a tenth. */
async function draw(inputTokens: number, outputTokens: number): Promise<void> {
  account.ringside.upstream.replyOnce(used(inputTokens, outputTokens));
  expect((await answered(account.ringside.chat({ model: DEAR, max_tokens: 1 }))).status).toBe(200);
}

describe('the account of GET /admin/ringside/accounts', () => {
  it('shows the credit of the sign-up', async () => {
    expect(await account.shown()).toMatchObject({
      credit_granted_usd: 10,
      credit_used_usd: 0,
      credit_remaining_usd: 10,
    });
  });

  it('shows what calls drew, to the nano-dollar, and a rest below zero', async () => {
    await draw(1, 1);
    expect(await account.shown()).toMatchObject({
      credit_granted_usd: 10,
      credit_used_usd: 0.0121,
      credit_remaining_usd: 9.9879,
    });
    await draw(0, 1000);
    const shown = { credit_granted_usd: 10, credit_used_usd: 11.0121, credit_remaining_usd: -1.0121 };
    expect(await account.shown()).toMatchObject(shown);
  });
});

describe('POST /admin/ringside/accounts/:id/credit', () => {
  const grants = () => eventsOf(account.ringside, 'CreditGranted');

  it('grants credit and gives the account', async () => {
    const before = await account.credit();
    const [status, shown] = await account.asOperator('POST', '/credit', {
      amount_usd: 2.000000001,
      note: 'pilot extended',
    });
    expect([status, shown]).toMatchObject([
      201,
      { id: account.id, object: 'account', credit_granted_usd: 12.000000001 },
    ]);
    expect(await account.credit()).toEqual({
      ...before,
      granted: before.granted + 2e9 + 1,
      remaining: before.remaining + 2e9 + 1,
    });
    expect((await grants()).map(({ actor, data }) => ({ actor, ...data }))).toEqual([
      { actor: 'system', amountNanoUsd: String(SIGN_UP_CREDIT), reason: 'sign_up', note: null },
      { actor: 'operator', amountNanoUsd: '2000000001', reason: 'operator', note: 'pilot extended' },
    ]);
  });

  it('grants once for an Idempotency-Key', async () => {
    const before = await account.credit();
    const grant = () => account.asOperator('POST', '/credit', { amount_usd: 1 }, { 'Idempotency-Key': 'one grant' });
    const [first, second] = [await grant(), await grant()];
    expect([second[0], second[1]]).toEqual([201, first[1]]);
    expect([first[2].get('idempotency-replayed'), second[2].get('idempotency-replayed')]).toEqual([null, 'true']);
    expect(await account.credit()).toMatchObject({ granted: before.granted + 1e9 });
  });

  it('adds up simultaneous grants', async () => {
    const before = await account.credit();
    await Promise.all(Array.from({ length: 12 }, () => account.grant(1e9)));
    expect(await account.credit()).toMatchObject({ granted: before.granted + 12e9 });
  });

  it.each<[string, unknown, string]>([
    ['no amount', {}, 'amount_usd'],
    ['an amount of zero', { amount_usd: 0 }, 'amount_usd'],
    ['a negative amount', { amount_usd: -1 }, 'amount_usd'],
    ['an amount in quotes', { amount_usd: '5' }, 'amount_usd'],
    ['more than nine decimals', { amount_usd: 0.0000000001 }, 'amount_usd'],
    ['an empty note', { amount_usd: 1, note: '' }, 'note'],
    ['a note that is no string', { amount_usd: 1, note: 7 }, 'note'],
    ['a misspelt field', { amount_usd: 1, amonut_usd: 1 }, 'amonut_usd'],
  ])('refuses %s, naming the field, and changes nothing', async (_, body, param) => {
    const before = await grants();
    const [status, shown] = await account.asOperator('POST', '/credit', body);
    expect([status, shown]).toMatchObject([400, { error: { code: 'invalid_parameter', param } }]);
    expect(await grants()).toEqual(before);
  });

  it("is the operator's: an unknown account is 404, and without his token it is 401", async () => {
    const before = await grants();
    const { ringside } = account;
    const path = (id: string) => `/admin/ringside/accounts/${id}/credit`;
    expect((await ringside.fetch(path(account.id), { body: { amount_usd: 1 } })).status).toBe(401);
    const [status, shown] = await account.asOperator('POST', '/../nobody/credit', { amount_usd: 1 });
    expect([status, shown]).toMatchObject([404, { error: { code: 'not_found' } }]);
    expect(await grants()).toEqual(before);
  });
});

describe('thresholds of the credit', () => {
  /** What the book says of thresholds once everything that is due is written. */
  async function said() {
    await account.ringside.settled();
    const thresholdWriter = account.ringside.gateway.app.get(CreditThresholdWriter);
    // One that is under way may have looked too early.
    await thresholdWriter.sweep();
    await thresholdWriter.sweep();
    const events = await eventsOf(account.ringside, 'CreditThresholdCrossed');
    return events.map(({ account: of, actor, requestId, data }) => {
      expect([of, actor, requestId, data.by]).toEqual([account.id, 'system', undefined, 'spent']);
      return [data.threshold, Number(data.remainingNanoUsd), Number(data.lastGrantNanoUsd)];
    });
  }

  it('R37 a crossing notifies once per customer and period (credit): below a fifth of the last grant, used up, and anew after a grant', async () => {
    await account.restart();
    const earlier = await said();
    // Whatever is left: a grant that makes it exactly 20 dollars, of which a fifth of the grant is a threshold.
    const { remaining } = await account.credit();
    const grant = 20e9 - remaining;
    await account.grant(grant);
    const expected = [...earlier];
    const step = dearDraw(0, 100);
    let left = 20e9;
    for (; left >= grant / 5; left -= step) {
      expect(await said()).toEqual(expected);
      await draw(0, 100);
    }
    expected.push(['low', left, grant]);
    for (let repeat = 0; repeat < 2; repeat++) expect(await said()).toEqual(expected);
    for (; left > 0; left -= step) {
      expect(await said()).toEqual(expected);
      await draw(0, 100);
    }
    expected.push(['empty', left, grant]);
    for (let repeat = 0; repeat < 2; repeat++) expect(await said()).toEqual(expected);
    await draw(0, 100);
    left -= step;
    // A grant that does not lift what is left above a threshold lets nothing be said again; the next one does.
    await account.grant(1e8);
    expect(await said()).toEqual(expected);
    left += 1e8;
    await account.grant(30e9 - left);
    expect(await said()).toEqual(expected);
    await draw(0, 3000);
    expected.push(['low', 30e9 - dearDraw(0, 3000), 30e9 - left], ['empty', 30e9 - dearDraw(0, 3000), 30e9 - left]);
    expect(await said()).toEqual(expected);
    await account.restart();
    expect(await said()).toEqual(expected);
    expect(usd(left)).toBeLessThan(0);
  }, 30_000);
});

describe('a refusal for want of credit', () => {
  it('R37 a crossing notifies once per customer and period (credit): the first refusal of many is said, and anew after a grant', async () => {
    const enforced = await CreditedAccount.start('enforce');
    try {
      await enforced.publish({ dear: DEAR_PRICE });
      const thresholdWriter = enforced.ringside.gateway.app.get(CreditThresholdWriter);
      const refuse = async () => {
        const call = () => answered(enforced.ringside.chat({ model: DEAR, max_tokens: 5000 }));
        const answers = await Promise.all(Array.from({ length: 16 }, call));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([402]));
        await thresholdWriter.written();
        return answers;
      };
      const facts = () => eventsOf(enforced.ringside, 'CreditThresholdCrossed');
      const refused = new Set((await refuse()).map(({ headers }) => headers.get('x-request-id')));
      const data = {
        threshold: 'empty',
        by: 'refused',
        remainingNanoUsd: '10000000000',
        lastGrantNanoUsd: '10000000000',
      };
      expect(await facts()).toMatchObject([{ actor: 'system', data }]);
      expect(refused).toContain((await facts())[0]!.requestId);
      await refuse();
      expect(await facts()).toHaveLength(1);
      await enforced.grant(1e9);
      await refuse();
      expect((await facts()).map((event) => event.data.remainingNanoUsd)).toEqual(['10000000000', '11000000000']);
      await expectClosedBooks(enforced.ringside);
    } finally {
      await enforced.ringside.stop();
    }
  }, 20_000);
});
