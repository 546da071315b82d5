import * as fc from 'fast-check';
import {
  creditLeft,
  evolveCredit,
  NO_CREDIT,
  unsaidThresholds,
  type AccountCredit,
  type CreditEvent,
} from '../../../src/domain/account/account-credit.js';
import { tighterBound } from '../../../src/domain/statement/hold.js';
import { nanoUsd } from '../../../src/domain/money.js';
import { FREE_OUTPUT_TOKENS, outputLimitAdvice, outputLimitWithin } from '../../../src/domain/call/output-limit.js';
import { TIERS, withMarkUp, withoutMarkUp } from '../../../src/domain/pricing/tier.js';
import { usageRecorded } from '../../support/events.js';

const envelope = { id: 'e', account: 'acct_1', actor: 'system', occurredAt: 0 } as const;

function granted(amount: number): CreditEvent {
  return {
    ...envelope,
    type: 'CreditGranted',
    data: { amountNanoUsd: String(amount), reason: 'operator', note: null },
  };
}

function drawn(amount: number | null): CreditEvent {
  return usageRecorded({ data: { creditNanoUsd: amount === null ? null : String(amount) } });
}

function said(threshold: 'low' | 'empty'): CreditEvent {
  const data = { threshold, by: 'spent', remainingNanoUsd: '0', lastGrantNanoUsd: '0' } as const;
  return { ...envelope, type: 'CreditThresholdCrossed', data };
}

const fold = (...events: CreditEvent[]) => events.reduce<AccountCredit>(evolveCredit, NO_CREDIT);

describe("an account's credit", () => {
  it('is what was granted less what was drawn, below zero too; calls that the platform did not pay for draw nothing', () => {
    const credit = fold(granted(100), drawn(30), drawn(null), drawn(80), granted(7));
    expect(credit).toMatchObject({ grantedNanoUsd: '107', drawnNanoUsd: '110', lastGrantNanoUsd: '7', grants: 2 });
    expect(creditLeft(credit)).toBe(-3n);
  });

  it.each<[string, CreditEvent[], string[]]>([
    ['nothing before the first grant', [drawn(5)], []],
    ['nothing at a fifth of the last grant', [granted(100), drawn(80)], []],
    ['low below it', [granted(100), drawn(81)], ['low']],
    ['low and empty when all is used up', [granted(100), drawn(100)], ['low', 'empty']],
    ['what is not said yet', [granted(100), drawn(100), said('low')], ['empty']],
    ['nothing that is said', [granted(100), drawn(100), said('low'), said('empty')], []],
    ['nothing after a grant that lifts it above', [granted(100), drawn(100), granted(100)], []],
    ['nothing anew after one that does not', [granted(100), drawn(200), said('low'), said('empty'), granted(50)], []],
    [
      'all of it anew behind one that did',
      [granted(100), drawn(100), said('low'), said('empty'), granted(100), drawn(100)],
      ['low', 'empty'],
    ],
    [
      'empty anew behind one that lifted it above nothing only',
      [granted(10), drawn(10), said('low'), said('empty'), granted(1), drawn(1)],
      ['low', 'empty'],
    ],
    [
      'empty anew behind one that left it low',
      [granted(100), drawn(200), said('low'), said('empty'), granted(101), drawn(1)],
      ['empty'],
    ],
  ])('has crossed: %s', (_, events, expected) => {
    expect(unsaidThresholds(fold(...events))).toEqual(expected);
  });
});

describe('a mark-up taken off again', () => {
  it('leaves the greatest price that, with the mark-up, is not above the amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.constantFrom(...TIERS), (amount, tier) => {
        const price = withoutMarkUp(nanoUsd(amount), tier);
        expect(withMarkUp(price, tier) <= amount).toBe(true);
        expect(withMarkUp(nanoUsd(price + 1n), tier) > amount).toBe(true);
      }),
    );
  });

  it('leaves an amount below zero there', () => {
    expect(withoutMarkUp(nanoUsd(-1n), 'developer')).toBe(-1n);
  });
});

describe('the output limit of a call', () => {
  it.each<[string, number | undefined, number | undefined, number, number | undefined]>([
    ['the one that was asked for', 10, 4000, 10, 10],
    ['none when that does not fit', 10, 4000, 9, undefined],
    ["the model's when all of it fits", undefined, 4000, 4000, 4000],
    ['what fits', undefined, 4000, 3999, 3999],
    ['256 at least', undefined, 4000, 256, 256],
    ['none below that', undefined, 4000, 255, undefined],
    ['less than that where the model can do no more', undefined, 100, 100, 100],
    ['what can be paid for of a model that nothing is known of', undefined, undefined, 1_234_567, 1_234_567],
    ['not known where nothing is known and nothing is paid', undefined, undefined, Infinity, FREE_OUTPUT_TOKENS],
    ['none when not even the prompt fits', undefined, 100, -1, undefined],
  ])('is %s', (_, askedOutputTokens, maxOutputTokens, fitting, expected) => {
    expect(outputLimitWithin({ askedOutputTokens, maxOutputTokens }, fitting)).toBe(expected);
  });

  it('is advised when there is one', () => {
    expect([7, 0, -1].map((fitting) => outputLimitAdvice(fitting))).toEqual([
      'max_tokens of 7 would fit',
      'no max_tokens would fit',
      'no max_tokens would fit',
    ]);
  });
});

describe('two bounds of one call', () => {
  const one = { inputTokens: 10, outputTokens: 300, outputLimit: 300 };
  const other = { inputTokens: 12, outputTokens: 200, outputLimit: 200 };
  it('are the smaller of each, and either alone is the bound', () => {
    expect(tighterBound(one, other)).toEqual({ inputTokens: 10, outputTokens: 200, outputLimit: 200 });
    expect([tighterBound(one, undefined), tighterBound(undefined, other), tighterBound(undefined, undefined)]).toEqual([
      one,
      other,
      undefined,
    ]);
  });
});
