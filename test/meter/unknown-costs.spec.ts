import { auditApp } from '../../src/run-audit.js';
import { eventsOf } from '../support/booked.js';
import type { Ringside } from '../support/ringside.js';
import { bookedOf, namedSse, startWires } from '../support/wires.js';

const CLAUDE = 'fc:anthropic/claude-sonnet-4-5';
const ELSEWHERE = { input_tokens: 10, output_tokens: 2, inference_geo: 'us' };
const whole = {
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'end_turn',
  usage: ELSEWHERE,
};
const streamed = namedSse(
  { type: 'message_start', message: { id: 'm', model: 'claude-sonnet-4-5', usage: ELSEWHERE } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'Hi' } },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
);

let ringside: Ringside;
afterEach(() => ringside.stop());

/** Calls until one is refused; gives how many went through and the code of the refusal. */
async function callsUntilRefused(body: Record<string, unknown>): Promise<[number, string]> {
  for (let calls = 0; calls < 500; calls++) {
    const { status, text } = await bookedOf(ringside, CLAUDE, calls % 2 === 0 ? whole : streamed, {
      max_tokens: 1000,
      ...body,
    });
    if (status !== 200) return [calls, (JSON.parse(text) as { error: { code: string } }).error.code];
  }
  return [500, 'none'];
}

describe('an answer on terms that have no known price', () => {
  it('B29 costs a customer with a budget the most that was held for it, so that the budget ends', async () => {
    ringside = await startWires();
    await ringside.fetch('/v1/customers', { body: { external_id: 'capped', monthly_budget_usd: 0.1 } });
    const [calls, code] = await callsUntilRefused({ user: 'capped' });
    expect([calls > 0, calls < 10, code]).toEqual([true, true, 'customer_budget_exceeded']);
    const held = (await eventsOf(ringside, 'UsageHeld')).map(({ data }) => data.costNanoUsd);
    const usage = (await eventsOf(ringside, 'UsageRecorded')).map(({ data }) => data);
    expect(usage.map(({ costNanoUsd }) => costNanoUsd)).toEqual(held);
    expect(usage.every(({ flags }) => flags.join() === 'estimated')).toBe(true);
    expect((await auditApp(ringside.gateway.app)).findings).toEqual([]);
  });

  it('B29 takes from a wallet the most that was held for it', async () => {
    ringside = await startWires();
    await ringside.fetch('/v1/customers', { body: { external_id: 'payer' } });
    await ringside.fetch('/v1/customers/payer/wallet/topup', { body: { amount_usd: 0.1 } });
    const [calls, code] = await callsUntilRefused({ user: 'payer' });
    expect([calls > 0, calls < 10, code]).toEqual([true, true, 'customer_wallet_empty']);
    expect((await auditApp(ringside.gateway.app)).findings).toEqual([]);
  });

  it('B29 draws on an enforced credit what was reserved for it', async () => {
    ringside = await startWires({ RINGSIDE_ACCOUNT_CREDIT: 'enforce' });
    const [calls, code] = await callsUntilRefused({ max_tokens: 60_000 });
    expect([calls > 0, calls < 20, code]).toEqual([true, true, 'account_credit_exhausted']);
  });

  it('B29 is unpriced, and adds nothing to sums, where no money is limited', async () => {
    ringside = await startWires();
    expect((await bookedOf(ringside, CLAUDE, whole, { user: 'free' })).usage).toMatchObject({
      costNanoUsd: null,
      flags: ['unpriced'],
    });
  });
});
