import { eventsIn, eventsOf, usageBooked } from '../../support/booked.js';
import { expectClosedBooks } from '../../support/closing-assertions.js';
import {
  CreditedAccount,
  DEAR,
  DEAR_PRICE,
  dearBound,
  dearDraw,
  SIGN_UP_CREDIT,
  used,
} from '../../support/credited-account.js';
import { answered } from '../../support/failed-call.js';
import { atOnce, makeCustomer, usd } from '../../support/limited-customers.js';
import { Ringside } from '../../support/ringside.js';
import { echo, json, silence } from '../../support/scripted-upstream.js';

let account: CreditedAccount;
let enforced: CreditedAccount;
beforeAll(async () => {
  enforced = await CreditedAccount.start('enforce');
}, 15_000);
beforeEach(async () => {
  account = enforced;
  await account.publish({ dear: DEAR_PRICE });
  await account.refill();
});
afterEach(() => expectClosedBooks(account.ringside));
afterAll(() => enforced.ringside.stop(), 15_000);

const REFUSED = { code: 'account_credit_exhausted', type: 'billing_error', param: null };

/** A call that may use so many output tokens. */
const call = (max_tokens: number, more: object = {}) => account.ringside.chat({ model: DEAR, max_tokens, ...more });

async function statusOf(made: Promise<Response>): Promise<number> {
  return (await answered(made)).status;
}

/** Makes a call that uses this much and is let through. */
async function spend(inputTokens: number, outputTokens: number, more: object = {}): Promise<void> {
  account.ringside.upstream.replyOnce(used(inputTokens, outputTokens));
  expect(await statusOf(call(outputTokens, more))).toBe(200);
}

/** The call is refused for want of credit, and nothing comes of it. */
async function expectRefused(made: () => Promise<Response>): Promise<string> {
  const { ringside } = account;
  const sent = ringside.upstream.count;
  const booked = await moneyEvents();
  const { status, text, headers } = await answered(made());
  const { error } = JSON.parse(text) as { error: { message: string } };
  expect([status, error]).toMatchObject([402, REFUSED]);
  expect(headers.get('x-should-retry')).toBe('false');
  expect(ringside.upstream.count).toBe(sent);
  expect(await moneyEvents()).toBe(booked);
  return error.message;
}

/** Makes a call that the upstream does not answer, and waits until it is there. Gives what makes its caller leave. */
async function unanswered(fields: object): Promise<() => Promise<unknown>> {
  const { ringside } = account;
  const leaving = new AbortController();
  const arrived = ringside.upstream.arrived();
  ringside.upstream.replyOnce(silence());
  const body = { model: DEAR, messages: [{ role: 'user', content: 'Hi' }], ...fields };
  const call = ringside.fetch('/v1/chat/completions', { body, signal: leaving.signal }).catch(() => undefined);
  await arrived;
  return () => {
    leaving.abort();
    return call;
  };
}

/** How many holds and usage events there are. */
async function moneyEvents(): Promise<number> {
  return (await eventsIn(account.ringside)).filter(({ type }) =>
    ['UsageHeld', 'HoldReleased', 'UsageRecorded'].includes(type),
  ).length;
}

describe('an enforced credit', () => {
  it('R2 a cap that fits three calls admits exactly three of 64 (credit): those whose bounds it covers and no other', async () => {
    const bound = dearBound(20);
    const fitting = Math.floor(SIGN_UP_CREDIT / bound);
    expect(fitting).toBe(38);
    const { counts, refusals } = await atOnce(
      account.ringside,
      64,
      (i) => call(20, { stream: i % 2 === 0 }),
      used(20, 10),
    );
    expect(counts).toEqual({ admitted: fitting, refused: 64 - fitting, sent: fitting });
    for (const { headers, ...refusal } of refusals) {
      expect(refusal).toMatchObject(REFUSED);
      expect(refusal.message).toBe(
        `this call could draw up to ${usd(bound)} USD from the account's credit, mark-up included, ` +
          `and ${usd(SIGN_UP_CREDIT - fitting * bound)} USD is left after what running calls may draw; max_tokens of 4 would fit`,
      );
      expect(headers.get('x-should-retry')).toBe('false');
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    }
    expect(await account.credit()).toMatchObject({ remaining: SIGN_UP_CREDIT - fitting * dearDraw(20, 10) });
  });

  it('blocks no more than it must: what calls did not use is there for the next call at once', async () => {
    const { upstream } = account.ringside;
    upstream.reply(used(20, 10));
    let admitted = 0;
    while ((await statusOf(call(20, { stream: admitted % 2 === 0 }))) === 200) admitted++;
    upstream.reply(echo());
    const expected = Math.floor((SIGN_UP_CREDIT - dearBound(20)) / dearDraw(20, 10)) + 1;
    expect(admitted).toBe(expected);
    expect(await account.credit()).toMatchObject({ remaining: SIGN_UP_CREDIT - expected * dearDraw(20, 10) });
  });

  it('covers a call to the last nano-dollar, and not one more', async () => {
    await spend(20, 800);
    const { remaining } = await account.credit();
    const short = dearBound(700) - remaining;
    await account.grant(short - 1);
    await expectRefused(() => call(700));
    await account.grant(1);
    await spend(20, 700);
  });

  it('counts the truth: a provider that uses more than it was told to takes the credit below zero', async () => {
    account.ringside.upstream.replyOnce(used(20, 2000));
    expect(await statusOf(call(1))).toBe(200);
    expect(await account.credit()).toMatchObject({ remaining: SIGN_UP_CREDIT - dearDraw(20, 2000) });
    expect(await expectRefused(() => call(1))).toContain(`and ${usd(SIGN_UP_CREDIT - dearDraw(20, 2000))} USD is left`);
  });

  it('limits only what is drawn from it: the sandbox and providers without a key go on, and so do reads', async () => {
    const { ringside } = account;
    await spend(20, 880);
    await expectRefused(() => call(100));
    const { used: before } = await account.credit();
    expect(await statusOf(ringside.chat({ model: 'fc:sandbox/echo' }))).toBe(200);
    expect(await statusOf(ringside.chat({ model: 'fc:ollama/llama3' }))).toBe(200);
    expect(await statusOf(ringside.fetch('/v1/usage'))).toBe(200);
    expect(await account.credit()).toMatchObject({ used: before });
  });

  it('R15 restart and configuration changes keep spend (credit): what is left stays, and a grant opens it again at once', async () => {
    await spend(20, 880);
    const before = await account.credit();
    await enforced.restart();
    expect(await account.credit()).toEqual(before);
    await expectRefused(() => call(100));
    await account.grant(dearBound(100) - before.remaining);
    await spend(20, 100);
    await expectRefused(() => call(100));
  });
});

it('an enforced credit does not keep a gateway without the sandbox from trying its guards when it starts', async () => {
  const other = await Ringside.start({ env: { RINGSIDE_ACCOUNT_CREDIT: 'enforce', RINGSIDE_SANDBOX: 'off' } });
  expect(await statusOf(other.chat({ max_tokens: 10 }))).toBe(200);
  await expectClosedBooks(other);
  await other.stop();
}, 15_000);

describe('the output limit under an enforced credit', () => {
  it('is what the credit covers when none was asked for, from 256 tokens on, and it is sent', async () => {
    const { ringside } = account;
    const fitting = (left: number) =>
      Math.floor((Math.floor((left * 100 + 49) / 110) - 2 - 37 * 1_000_000) / 10_000_000);
    for (const [left, limit] of [
      [SIGN_UP_CREDIT, 905],
      [SIGN_UP_CREDIT - dearDraw(20, 500), 403],
      [SIGN_UP_CREDIT - dearDraw(20, 500) - dearDraw(20, 145), 256],
    ] as const) {
      expect(fitting(left)).toBe(limit);
      ringside.upstream.replyOnce(used(20, limit === 905 ? 500 : 145));
      expect(await statusOf(ringside.chat({ model: DEAR }))).toBe(200);
      expect(ringside.upstream.requests.at(-1)!.body).toMatchObject({ max_completion_tokens: limit });
    }
    const message = await expectRefused(() => ringside.chat({ model: DEAR }));
    expect(message).toContain(`could draw up to ${usd(dearBound(256))} USD`);
    expect(message).toMatch(/; max_tokens of 109 would fit$/);
  });

  it("is the customer's where that is tighter, and the customer's hold is made with the credit's where that is", async () => {
    const { ringside } = account;
    const rich = await makeCustomer(ringside, 'rich', { monthly_budget_usd: 1000 });
    const poor = await makeCustomer(ringside, 'poor', { monthly_budget_usd: 3.037 + 2e-9 });
    for (const [{ id }, outputTokens] of [
      [rich, 905],
      [poor, 300],
    ] as const) {
      ringside.upstream.replyOnce(used(0, 0));
      expect(await statusOf(ringside.chat({ model: DEAR, user: id }))).toBe(200);
      expect(ringside.upstream.requests.at(-1)!.body).toMatchObject({ max_completion_tokens: outputTokens });
      const [held] = await eventsOf(ringside, 'UsageHeld', id);
      expect(held!.data.bound).toEqual({ inputTokens: 37, outputTokens });
    }
  });

  it('sets aside no more than a capped customer can spend', async () => {
    const { ringside } = account;
    const { id } = await makeCustomer(ringside, 'held', { monthly_budget_usd: 3.037 + 2e-9 });
    const before = (await eventsOf(ringside, 'UsageRecorded')).length;
    const leave = await unanswered({ user: id });
    const left = SIGN_UP_CREDIT - dearBound(300);
    const beside = Math.floor((Math.floor((left * 100 + 49) / 110) - 2 - 37 * 1_000_000) / 10_000_000);
    await spend(20, beside);
    await leave();
    await usageBooked(ringside, before + 2);
  });

  it('is counted more closely where the bound by bytes does not fit', async () => {
    const { ringside } = account;
    await account.publish({ 'gpt-4o': [1000, 0] });
    const messages = [{ role: 'user', content: 'no '.repeat(4000) }];
    ringside.upstream.replyOnce(used(4000, 1));
    expect(await statusOf(ringside.chat({ model: 'fc:openai/gpt-4o', messages, max_tokens: 1 }))).toBe(200);
    expect(await account.credit()).toMatchObject({ remaining: SIGN_UP_CREDIT - 4_400_000_000 });
  });
});

describe('what a call that did not use its reservation leaves', () => {
  /** Nearly all there is: two such calls cannot be under way together. */
  const ALL = 900;

  it.each<[string, () => Promise<unknown>]>([
    [
      'refused by the provider',
      async () => {
        account.ringside.upstream.replyOnce(
          json({ error: { message: 'no', type: 'invalid_request_error' } }, { status: 400 }),
        );
        expect(await statusOf(call(ALL))).toBe(400);
      },
    ],
    [
      'failed at the provider',
      async () => {
        account.ringside.upstream.replyOnce(json({ error: { message: 'no' } }, { status: 500 }));
        expect(await statusOf(call(ALL))).toBe(503);
      },
    ],
    [
      "that the customer's budget refused",
      async () => {
        const { id } = await makeCustomer(account.ringside, 'broke', { monthly_budget_usd: 0.01 });
        const { status, text } = await answered(call(ALL, { user: id }));
        expect([status, JSON.parse(text)]).toMatchObject([402, { error: { code: 'customer_budget_exceeded' } }]);
      },
    ],
    [
      'whose caller left',
      async () => {
        const before = (await eventsOf(account.ringside, 'UsageRecorded')).length;
        const leave = await unanswered({ max_tokens: ALL });
        await leave();
        await usageBooked(account.ringside, before + 1);
        // What was estimated of it is drawn, and has to be there for the next call.
        await account.refill();
      },
    ],
  ])('of a call %s: all of it for the next one', async (_, unused) => {
    await unused();
    await spend(20, ALL);
  });

  it('of a refused call: no hold, no rate, and a fact in the book', async () => {
    await account.asOperator('PATCH', '', { rate_limit_rpm: 2 });
    const { id } = await makeCustomer(account.ringside, 'capped', { monthly_budget_usd: 1000 });
    for (let i = 0; i < 5; i++) await expectRefused(() => call(5000, { user: id }));
    await spend(20, 10, { user: id });
    await account.asOperator('PATCH', '', { rate_limit_rpm: null });
  });
});

describe('calls without a bound under an enforced credit', () => {
  it.each<[string, object, string]>([
    ['a model without a price', { model: 'fc:openai/nobody-knows-me' }, 'model'],
    ['audio', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }, 'audio'],
  ])('are refused with model_unpriced: %s', async (_, fields, param) => {
    const sent = account.ringside.upstream.count;
    const { status, text } = await answered(call(10, fields));
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: { code: 'model_unpriced', param } }]);
    expect(account.ringside.upstream.count).toBe(sent);
  });

  it('pass where they cost nothing, however little is left', async () => {
    await account.publish({ dear: DEAR_PRICE, free: [0, 0] });
    account.ringside.upstream.replyOnce(used(20, 2000));
    expect(await statusOf(call(1))).toBe(200);
    expect(await statusOf(call(100, { model: 'fc:openai/free' }))).toBe(200);
  });
});

describe('a credit that is only tracked', () => {
  let tracked: CreditedAccount;
  beforeAll(async () => {
    tracked = await CreditedAccount.start('track');
  }, 15_000);
  beforeEach(() => {
    account = tracked;
  });
  afterAll(() => tracked.ringside.stop(), 15_000);

  it('draws the cost and a tenth for a developer, to the nano-dollar, and the cost alone for the other tiers', async () => {
    // A changed tier is known within seconds; a process that starts knows it at once.
    let { used: expected } = await account.credit();
    for (const [tier, drawn] of [
      ['developer', 1652],
      ['pro', 1502],
      ['enterprise', 1502],
    ] as const) {
      await account.asOperator('PATCH', '', { tier });
      await tracked.restart();
      await account.publish({ 'gpt-4o-mini-odd': [0.15, 0.601] });
      account.ringside.upstream.replyOnce(used(2, 2));
      expect(await statusOf(account.ringside.chat({ model: 'fc:openai/gpt-4o-mini-odd' }))).toBe(200);
      expected += drawn;
      expect(await account.credit()).toMatchObject({ used: expected });
    }
    // The customers' own cost is the provider's price.
    expect((await account.ringside.get('/v1/usage')).total_cost_usd).toBe(3 * 0.000001502);
    await account.asOperator('PATCH', '', { tier: 'developer' });
    await tracked.restart();
  }, 30_000);

  it('refuses nothing, goes below zero, and is the same after a restart', async () => {
    const { used: before } = await account.credit();
    await account.publish({ dear: DEAR_PRICE });
    for (let i = 0; i < 3; i++) await spend(20, 900, { stream: i === 1 });
    expect(await statusOf(account.ringside.chat({ model: 'fc:openai/nobody-knows-me' }))).toBe(200);
    const drawn = before + 3 * dearDraw(20, 900);
    const expected = { granted: SIGN_UP_CREDIT, used: drawn, remaining: SIGN_UP_CREDIT - drawn };
    expect(await account.credit()).toEqual(expected);
    await tracked.restart();
    expect(await account.credit()).toEqual(expected);
    await spend(20, 900);
  }, 15_000);
});
