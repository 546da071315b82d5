import { loadConfig } from '../../../src/config/load-config.js';
import { SystemIds } from '../../../src/config/system.js';
import type { ChatCall } from '../../../src/domain/call/call.js';
import type { RequestSize } from '../../../src/domain/call/request-size.js';
import type { Target } from '../../../src/domain/call/target.js';
import { RingsideError } from '../../../src/domain/errors.js';
import { nanoUsd } from '../../../src/domain/money.js';
import { statementDecider } from '../../../src/domain/statement/decide.js';
import { ActiveHolds } from '../../../src/ledger/statements/active-holds.js';
import { Funds, type Payable } from '../../../src/policy/checks/funds.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { recordUsage } from '../../support/measured.js';
import { CAUSE } from '../../support/statement-events.js';

const CUSTOMER = CAUSE.customer;
const TEXT = 'x'.repeat(100);
const flat = (base: bigint) => ({ base, tiers: [] });
const price = { input: flat(1_000_000n), output: flat(1_000_000n) };

let ledger: Ledger;
let funds: Funds;
let countedTokens: number;
/** What was done for a call: its request was sized, its tokens were counted, the statement was asked. */
let done: string[];
let sizeOf: () => RequestSize;

const decide = statementDecider.decide.bind(statementDecider);
beforeEach(async () => {
  done = [];
  countedTokens = 10;
  sizeOf = () => ({ texts: [TEXT], otherTokens: 0, outputLimit: undefined, choices: 1 });
  ledger = await openLedger();
  funds = new Funds(
    loadConfig({ RINGSIDE_DATA_DIR: ledger.dir }),
    ledger.statements,
    {
      sizeOf: () => {
        done.push('sized');
        return sizeOf();
      },
    },
    {
      atMost: () => {
        done.push('counted');
        return Promise.resolve(countedTokens);
      },
    },
    new SystemIds(),
    new ActiveHolds(ledger.clock),
  );
  statementDecider.decide = (command, state, context) => {
    const decision = decide(command, state, context);
    if (command.type === 'PlaceHold')
      done.push(decision.outcome !== null && 'kind' in decision.outcome ? decision.outcome.kind : 'nothing');
    return decision;
  };
});
afterEach(async () => {
  statementDecider.decide = decide;
  await ledger.close();
});

/** A call whose prompt has 100 bytes, and that asks for 50 tokens; its customer pays a fixed amount or the cost. */
function payable(billable?: bigint): Payable {
  const target = {
    provider: 'openai',
    model: 'a',
    sizes: { encoding: 'o200k_base', maxOutputTokens: 100 },
  } as unknown as Target;
  const caller = { account: CAUSE.account, keyId: 'key_1', unattributedCustomer: 'cust_0', tier: 'standard' };
  const body = { model: 'fc:openai/a', messages: [], max_tokens: 50 };
  const call = { endpoint: 'chat.completions', requestId: 'req_1', caller, body } as unknown as ChatCall;
  const quote = { price, version: 'test' };
  return {
    call,
    customer: CUSTOMER,
    target,
    quote,
    billable: billable === undefined ? undefined : nanoUsd(billable),
    outputLimit: undefined,
  };
}

const setBudget = (capNanoUsd: string | null) =>
  ledger.statements.decide({ type: 'SetBudget', cause: CAUSE, capNanoUsd });
/** The customer's statement is in memory afterwards. */
const becomesKnown = () => ledger.statements.decide(recordUsage({ customer: CUSTOMER, costNanoUsd: '0' }));
/** Another gateway has made the customer one with a budget, and this one knows nothing of it. */
async function isLimitedElsewhere(capNanoUsd: string): Promise<void> {
  await ledger.anotherRegistry().decide({ type: 'SetBudget', cause: CAUSE, capNanoUsd });
}

describe('the funds', () => {
  it('ask nothing for a customer who is known to have no limit', async () => {
    await becomesKnown();
    expect(await funds.hold(payable())).toBeUndefined();
    expect(done).toEqual([]);
  });

  it('size no call of a customer who turns out to have no limit', async () => {
    expect(await funds.hold(payable())).toBeUndefined();
    expect(done).toEqual(['unlimited']);
  });

  it('ask the statement once for a customer who is known to be limited', async () => {
    await setBudget('1000');
    expect(await funds.hold(payable())).toMatchObject({
      month: '202611',
      costNanoUsd: '152',
      walletNanoUsd: null,
      bound: { inputTokens: 100, outputTokens: 50, outputLimit: 50 },
    });
    expect(done).toEqual(['sized', 'held']);
  });

  it('ask it again, with the size, where it asks for that', async () => {
    await isLimitedElsewhere('1000');
    expect(await funds.hold(payable())).toMatchObject({ costNanoUsd: '152' });
    expect(done).toEqual(['unsized', 'sized', 'held']);
  });

  it('size no call that is paid with a fixed amount', async () => {
    const topUp = { transaction: 'txn_1', kind: 'topup', amountNanoUsd: '7', note: null, refund: null } as const;
    await ledger.statements.decide({ type: 'CreditWallet', cause: CAUSE, ...topUp });
    expect(await funds.hold(payable(7n))).toMatchObject({ costNanoUsd: null, walletNanoUsd: '7', bound: undefined });
    expect(done).toEqual(['held']);
    await expect(funds.hold(payable(1n))).rejects.toMatchObject({ code: 'customer_wallet_empty', status: 402 });
    expect(done).toEqual(['held', 'refused']);
  });

  it('count the prompt where its bytes stand in the way', async () => {
    await setBudget('100');
    expect(await funds.hold(payable())).toMatchObject({
      costNanoUsd: '62',
      bound: { inputTokens: 10, outputTokens: 50 },
    });
    expect(done).toEqual(['sized', 'refused', 'sized', 'counted', 'held']);
  });

  it('refuse a call whose tokens are too many as well', async () => {
    await setBudget('61');
    await expect(funds.hold(payable())).rejects.toMatchObject({ code: 'customer_budget_exceeded', status: 402 });
    expect(done).toEqual(['sized', 'refused', 'sized', 'counted', 'refused']);
  });

  it.each([true, false])(
    'refuse a call without a bound only where the statement asks for one, known %s',
    async (known) => {
      sizeOf = () => {
        throw new RingsideError('model_unpriced', 'nothing bounds it');
      };
      await isLimitedElsewhere('1000');
      if (known) await becomesKnown();
      await expect(funds.hold(payable())).rejects.toMatchObject({ code: 'model_unpriced' });
      expect(done).toEqual(known ? ['sized', 'unsized', 'sized'] : ['unsized', 'sized']);
      await ledger.anotherRegistry().decide({ type: 'SetBudget', cause: { ...CAUSE, id: 'req_2' }, capNanoUsd: null });
      expect(await funds.hold(payable())).toBeUndefined();
    },
  );
});
