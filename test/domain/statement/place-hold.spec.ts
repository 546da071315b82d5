import { statementDecider } from '../../../src/domain/statement/decide.js';
import { asksForSize, type CallSize } from '../../../src/domain/statement/place-hold.js';
import type { StatementEvent } from '../../../src/domain/statement/statement.js';
import { given as givenTo, NOW_MS } from '../../support/given.js';
import { held, opened, placeHold, spent, wallet } from '../../support/statement-events.js';

const given = (...events: StatementEvent[]) => givenTo(statementDecider, ...events);

const SIZE: CallSize = {
  inputTokens: 4,
  choices: 1,
  askedOutputTokens: 6,
  maxOutputTokens: undefined,
  isCrowded: false,
};
const BOUND = { inputTokens: 4, outputTokens: 6, outputLimit: 6 };
const sized = (changes: Partial<CallSize>) => placeHold({ size: { ...SIZE, ...changes } });

describe('a hold is placed', () => {
  it('for nobody whom nothing limits, and without asking for the size of the call', () => {
    given(opened())
      .when(placeHold({ size: undefined, price: null }))
      .then([])
      .answering({ kind: 'unlimited' });
  });

  it('of a budget that has just enough free', () => {
    const data = {
      hold: 'hold_1',
      refUsed: 'fc:a/b',
      bound: { inputTokens: 4, outputTokens: 6 },
      costNanoUsd: '12',
      walletNanoUsd: null,
    };
    given(opened({ capNanoUsd: '100' }), spent('38'), held('hold_0', { costNanoUsd: '50' }))
      .when(placeHold())
      .then([
        {
          type: 'UsageHeld',
          id: 'held hold_1',
          account: 'acct_1',
          customer: 'cust_1',
          requestId: 'req_1',
          actor: 'key:key_1',
          occurredAt: NOW_MS,
          data: { ...data, expiresAt: NOW_MS + 1000 },
        },
      ])
      .answering({
        kind: 'held',
        hold: { hold: 'hold_1', month: '202611', costNanoUsd: '12', walletNanoUsd: null, bound: BOUND },
      });
  });

  it('of a wallet, and of both, for what each of them pays', () => {
    const amounts = (costNanoUsd: string | null, walletNanoUsd: string | null) => ({
      type: 'UsageHeld' as const,
      data: expect.objectContaining({ costNanoUsd, walletNanoUsd }) as never,
    });
    given(opened({ wallet: wallet('12') }))
      .when(placeHold())
      .then([amounts(null, '12')]);
    given(opened({ capNanoUsd: '12', wallet: wallet('12') }))
      .when(placeHold())
      .then([amounts('12', '12')]);
    given(opened({ capNanoUsd: '12', wallet: wallet('5') }))
      .when(placeHold({ billableNanoUsd: '5' }))
      .then([amounts('12', '5')]);
  });

  it('of a wallet that pays a fixed amount, whatever the call comes to', () => {
    given(opened({ wallet: wallet('5') }))
      .when(placeHold({ billableNanoUsd: '5', size: undefined, price: null }))
      .then([
        {
          type: 'UsageHeld',
          data: {
            hold: 'hold_1',
            refUsed: 'fc:a/b',
            bound: null,
            costNanoUsd: null,
            walletNanoUsd: '5',
            expiresAt: NOW_MS + 1000,
          },
        },
      ])
      .answering({
        kind: 'held',
        hold: { hold: 'hold_1', month: '202611', costNanoUsd: null, walletNanoUsd: '5', bound: undefined },
      });
  });

  it('with the longest answer that can be paid for, where the caller named no limit', () => {
    const limited = {
      type: 'UsageHeld' as const,
      data: expect.objectContaining({ bound: { inputTokens: 4, outputTokens: 600 } }) as never,
    };
    given(opened({ capNanoUsd: '606' }))
      .when(sized({ choices: 2, askedOutputTokens: undefined, maxOutputTokens: 1000 }))
      .then([limited]);
  });

  it('after holds whose time is over were released, but for those of calls that are at work here', () => {
    const before = [opened({ capNanoUsd: '12' }), held('hold_0', { costNanoUsd: '12', expiresAt: NOW_MS })];
    given(...before)
      .when(placeHold())
      .then([
        { type: 'HoldReleased', id: 'expired hold_0', data: { hold: 'hold_0', reason: 'expired' } },
        { type: 'UsageHeld' },
      ]);
    given(...before)
      .when(placeHold({ mayBeCounted: true }), { isActive: (hold: string) => hold === 'hold_0' })
      .then([]);
  });
});

describe('the size of a call', () => {
  it('is asked for where the cost decides, before anything is written', () => {
    given(opened({ capNanoUsd: '100' }), held('hold_0', { costNanoUsd: '12', expiresAt: NOW_MS }))
      .when(placeHold({ size: undefined }))
      .then([])
      .answering({ kind: 'unsized' });
  });

  it.each([
    ['without budget and wallet', opened(), {}, false],
    ['with a budget', opened({ capNanoUsd: '1' }), { billableNanoUsd: '1' }, true],
    ['with a wallet that pays the cost', opened({ wallet: wallet('1') }), {}, true],
    ['with a wallet that pays a fixed amount', opened({ wallet: wallet('1') }), { billableNanoUsd: '1' }, false],
    ['without a price, since the call is refused', opened({ capNanoUsd: '1' }), { price: null }, false],
  ])('is known to be asked for %s: %#', (_, event, parts, asked) => {
    expect(asksForSize(statementDecider.evolve(undefined, event), placeHold(parts))).toBe(asked);
  });

  it('is not enough where the longest answer may not fit beside the prompt and the prompt can be counted', () => {
    const size = { ...SIZE, isCrowded: true };
    const customer = given(opened({ capNanoUsd: '100' }));
    customer
      .when(placeHold({ size, mayBeCounted: true }))
      .then([])
      .answering({ kind: 'uncounted' });
    customer.when(placeHold({ size })).then([{ type: 'UsageHeld' }]);
  });
});

describe('a hold is refused', () => {
  it('by a budget, and that is said once', () => {
    const before = [opened({ capNanoUsd: '20' }), spent('4'), held('hold_0', { costNanoUsd: '5' })];
    const message =
      "this call could cost up to 0.000000012 USD, which the customer's monthly budget does not allow: " +
      '0.000000004 USD spent and 0.000000005 USD held of 0.00000002 USD; max_tokens of 5 would fit';
    const answer = { kind: 'refused', refusal: { code: 'customer_budget_exceeded', message } } as const;
    const data = { percent: 100, by: 'refused', capNanoUsd: '20', spentNanoUsd: '4', heldNanoUsd: '5' } as const;
    const said = { type: 'BudgetThresholdCrossed', id: 'budget-100', data } as const;
    given(...before)
      .when(placeHold())
      .then([said])
      .answering(answer);
    given(...before, { ...said, account: 'acct_1', actor: 'system', occurredAt: 0 })
      .when(placeHold())
      .then([])
      .answering(answer);
  });

  it('by a wallet that pays the cost', () => {
    const message =
      "this call could cost up to 0.000000012 USD, which the customer's wallet does not cover: " +
      '0.00000001 USD of balance, of which 0.000000005 USD is held; no max_tokens would fit';
    const data = { threshold: 'empty', by: 'refused', balanceNanoUsd: '10', lastTopUpNanoUsd: '10' } as const;
    given(opened({ wallet: wallet('10') }), held('hold_0', { walletNanoUsd: '5' }))
      .when(placeHold())
      .then([{ type: 'WalletThresholdCrossed', id: 'wallet-empty', data }])
      .answering({ kind: 'refused', refusal: { code: 'customer_wallet_empty', message } });
  });

  it('by a wallet that pays what the developer charges, also where a budget would allow the cost', () => {
    const why = "which the customer's wallet does not cover: 0.00000001 USD of balance, of which 0 USD is held";
    given(opened({ wallet: wallet('10') }))
      .when(placeHold({ billableNanoUsd: '11', mayBeCounted: true }))
      .then([{ type: 'WalletThresholdCrossed' }])
      .answering({
        kind: 'refused',
        refusal: { code: 'customer_wallet_empty', message: `this call costs 0.000000011 USD, ${why}` },
      });
    given(opened({ capNanoUsd: '12', wallet: wallet('10') }))
      .when(placeHold({ billableNanoUsd: '11' }))
      .then([{ type: 'WalletThresholdCrossed' }])
      .answering({
        kind: 'refused',
        refusal: { code: 'customer_wallet_empty', message: `this call could cost up to 0.000000011 USD, ${why}` },
      });
  });

  it('and nothing is said as long as counting the prompt may still avoid it', () => {
    given(opened({ capNanoUsd: '11' }))
      .when(placeHold({ mayBeCounted: true }))
      .then([]);
  });

  it('where less than a short answer could be paid for, by the cost of that one', () => {
    given(opened({ capNanoUsd: '261' }))
      .when(sized({ askedOutputTokens: undefined, maxOutputTokens: 1000 }))
      .then([{ type: 'BudgetThresholdCrossed' }])
      .answering({
        kind: 'refused',
        refusal: {
          code: 'customer_budget_exceeded',
          message:
            "this call could cost up to 0.000000262 USD, which the customer's monthly budget does not allow: " +
            '0 USD spent and 0 USD held of 0.000000261 USD; max_tokens of 255 would fit',
        },
      });
  });

  it.each([
    ['budget', { capNanoUsd: '1' }],
    ['wallet', { wallet: wallet('1') }],
  ])('for want of a price, by a customer with a %s', (payer, carried) => {
    given(opened(carried))
      .when(placeHold({ price: null }))
      .refused('model_unpriced', `fc:a/b has no known price, so a customer with a ${payer} cannot use it`);
  });
});
