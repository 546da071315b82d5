import fc from 'fast-check';
import {
  RateLimitBuckets,
  RateLimited,
  type RateLimitReservation,
} from '../../../src/policy/rate-limits/rate-limits.js';
import { unitOf, type RateLimitName, type RateRule } from '../../../src/domain/rate-limits/rate-rule.js';
import { SettableClock } from '../../support/settable-clock.js';

const rule = (
  name: RateLimitName,
  perMinute: number,
  subject = name.startsWith('account') ? 'acct_1' : 'cust_1',
): RateRule => ({
  name,
  subject,
  perMinute,
});

const clock = new SettableClock();
let limits: RateLimitBuckets;
let shadow: RateLimitBuckets;
beforeEach(() => {
  limits = new RateLimitBuckets(clock);
  shadow = new RateLimitBuckets(clock);
});

/** What a take comes to: what was taken, or the refusal. */
function attempt(rules: readonly RateRule[], tokens = 0): RateLimitReservation | RateLimited {
  try {
    return limits.reserve(rules, tokens);
  } catch (error) {
    if (error instanceof RateLimited) return error;
    throw error;
  }
}

const remaining = (rules: readonly RateRule[], unit: 'requests' | 'tokens') =>
  Number(limits.headersOf(rules)[`x-ratelimit-remaining-${unit}`]);

let subjects = 0;

/** The same rules for an account and a customer that have used nothing yet. */
const forNewcomers = (rules: readonly RateRule[]) => {
  const subject = `newcomer_${++subjects}`;
  return rules.map((each) => ({ ...each, subject }));
};

const NAMES: RateLimitName[] = ['account_rpm', 'account_tpm', 'customer_rpm', 'customer_tpm'];
const anyRules = fc
  .array(fc.record({ name: fc.constantFrom(...NAMES), perMinute: fc.integer({ min: 1, max: 2000 }) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((all) => [...new Map(all.map(({ name, perMinute }) => [name, rule(name, perMinute)])).values()]);

type Step =
  | { readonly kind: 'take'; readonly tokens: number }
  | { readonly kind: 'commit' | 'release'; readonly which: number; readonly actual: number }
  | { readonly kind: 'pass'; readonly ms: number };
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ kind: fc.constant('take' as const), tokens: fc.integer({ min: 1, max: 900 }) }),
    fc.record({
      kind: fc.constantFrom('commit' as const, 'release' as const),
      which: fc.nat(20),
      actual: fc.nat(1200),
    }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: -100_000, max: 40_000 }) }),
  ),
  { maxLength: 80 },
);

describe('rate limits', () => {
  it('R6 a token-per-minute limit holds under a burst: 64 calls at one moment, admitted estimates stay within the limit', () => {
    const tpm = rule('customer_tpm', 10_000);
    const admitted = Array.from({ length: 64 }, () => attempt([tpm], 700)).filter(
      (reservation): reservation is RateLimitReservation => !(reservation instanceof RateLimited),
    );
    expect(admitted).toHaveLength(14);
    expect(remaining([tpm], 'tokens')).toBe(200);
    for (const reservation of admitted) reservation.commit(100);
    expect(remaining([tpm], 'tokens')).toBe(10_000 - 14 * 100);
    for (const reservation of admitted) reservation.commit(0);
    expect(remaining([tpm], 'tokens')).toBe(10_000 - 14 * 100);
  });

  it('admits within every rule while time stands still, charges all rules or none, and a refusal takes nothing', () => {
    fc.assert(
      fc.property(anyRules, fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 60 }), (wanted, calls) => {
        const rules = forNewcomers(wanted);
        const used = new Map(rules.map(({ name }) => [name, 0]));
        for (const tokens of calls) {
          const cost = (each: RateRule) => (unitOf(each) === 'requests' ? 1 : Math.min(tokens, each.perMinute));
          const fits = rules.every((each) => used.get(each.name)! + cost(each) <= each.perMinute);
          expect(attempt(rules, tokens) instanceof RateLimited).toBe(!fits);
          if (fits) for (const each of rules) used.set(each.name, used.get(each.name)! + cost(each));
          for (const each of rules) expect(remaining([each], unitOf(each))).toBe(each.perMinute - used.get(each.name)!);
        }
      }),
    );
  });

  it('over any schedule a refusal is right, names its wait exactly, and calls that took and gave back leave no trace', () => {
    fc.assert(
      fc.property(anyRules, steps, (wanted, schedule) => {
        const rules = forNewcomers(wanted);
        const open: RateLimitReservation[] = [];
        for (const step of schedule) {
          if (step.kind === 'pass') clock.advance(step.ms);
          else if (step.kind === 'take') {
            // Whatever else comes and goes at this moment must not show.
            const passing = attempt(rules, step.tokens);
            if (!(passing instanceof RateLimited)) passing.release();
            expect(limits.headersOf(rules)).toEqual(shadow.headersOf(rules));
            const reservation = attempt(rules, step.tokens);
            if (reservation instanceof RateLimited) {
              expect(reservation.headers).toEqual(shadow.headersOf(rules));
              expect(() => shadow.reserve(rules, step.tokens)).toThrow(RateLimited);
            } else open.push(both(reservation, shadow.reserve(rules, step.tokens)));
          } else open[step.which % Math.max(1, open.length)]?.[step.kind](step.actual);
          expect(limits.headersOf(rules)).toEqual(shadow.headersOf(rules));
        }
      }),
    );
  });

  it('says after how many milliseconds the call passes: then it does, and not one earlier', () => {
    fc.assert(
      fc.property(
        anyRules,
        fc.array(fc.integer({ min: 1, max: 2500 }), { minLength: 1, maxLength: 20 }),
        (wanted, calls) => {
          const rules = forNewcomers(wanted);
          for (const tokens of calls) {
            const refused = attempt(rules, tokens);
            if (!(refused instanceof RateLimited)) continue;
            clock.advance(refused.retryAfterMs! - 1);
            expect(attempt(rules, tokens)).toMatchObject({ retryAfterMs: 1 });
            clock.advance(1);
            expect(attempt(rules, tokens)).not.toBeInstanceOf(RateLimited);
          }
        },
      ),
    );
  });

  it('settles exactly: back what was not used, charged what was used more, once, and requests stay used', () => {
    const rules = [rule('account_rpm', 10), rule('customer_tpm', 1000)];
    const less = limits.reserve(rules, 300);
    less.commit(120);
    less.commit(0);
    less.release();
    expect([remaining(rules, 'requests'), remaining(rules, 'tokens')]).toEqual([9, 880]);
    const more = limits.reserve(rules, 300);
    more.commit(1500);
    expect([remaining(rules, 'requests'), remaining(rules, 'tokens')]).toEqual([8, 0]);
    // 120 + 1500 are used of 1000: the next 380 fit once 1000 have drained.
    expect(attempt(rules, 380)).toMatchObject({ retryAfterMs: 60_000 });
  });

  it('gives a dearer call than the whole limit back as what it took, not as what it was estimated', () => {
    const tpm = [rule('customer_tpm', 1000)];
    limits.reserve(tpm, 5000).release();
    expect(remaining(tpm, 'tokens')).toBe(1000);
    limits.reserve(tpm, 5000).commit(400);
    expect(remaining(tpm, 'tokens')).toBe(600);
  });

  it('R8 refused requests consume no rate limit: a hundred refusals and a hundred calls that gave back leave everything as it was', () => {
    const rules = [
      rule('account_rpm', 3),
      rule('account_tpm', 500),
      rule('customer_rpm', 2),
      rule('customer_tpm', 400),
    ];
    limits.reserve(rules, 200);
    const before = limits.headersOf(rules);
    for (let i = 0; i < 100; i++) {
      expect(attempt(rules, 350)).toBeInstanceOf(RateLimited);
      limits.reserve(rules, 150).release();
    }
    expect(limits.headersOf(rules)).toEqual(before);
    expect(attempt(rules, 200)).not.toBeInstanceOf(RateLimited);
  });

  it('refuses by the rule that makes the call wait longest, and names it with its field', () => {
    const rules = [rule('account_rpm', 60), rule('customer_rpm', 1)];
    limits.reserve(rules, 0);
    expect(attempt(rules)).toMatchObject({
      code: 'rate_limited',
      status: 429,
      type: 'rate_limit_error',
      message: "the customer's limit of 1 requests per minute (rate_limit_rpm) is reached; try again in 1m0s",
      retryAfterMs: 60_000,
      rule: rules[1],
    });
  });

  it('shows the tightest rule of each kind, and nothing for a kind without a rule', () => {
    const rules = [rule('account_rpm', 600), rule('customer_rpm', 60), rule('customer_tpm', 1_000_000)];
    expect(limits.reserve(rules, 400).headers()).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '1000000',
      'x-ratelimit-remaining-tokens': '999600',
      'x-ratelimit-reset-tokens': '24ms',
    });
    expect(Object.keys(limits.headersOf([rule('account_tpm', 5)]))).toHaveLength(3);
    expect(limits.reserve([], 1e9).headers()).toEqual({});
  });

  it('counts each account and each customer apart', () => {
    for (const subject of ['cust_1', 'cust_2', 'cust_3']) limits.reserve([rule('customer_rpm', 1, subject)], 0);
    expect(attempt([rule('customer_rpm', 1, 'cust_2')])).toBeInstanceOf(RateLimited);
    expect(attempt([rule('customer_rpm', 1, 'cust_4')])).not.toBeInstanceOf(RateLimited);
  });

  it('a clock that is set back locks nobody out for longer than a minute', () => {
    const rpm = [rule('customer_rpm', 5)];
    for (let i = 0; i < 5; i++) limits.reserve(rpm, 0);
    clock.advance(-3_600_000);
    expect(attempt(rpm)).toMatchObject({ retryAfterMs: 12_000 });
    clock.advance(12_000);
    expect(attempt(rpm)).not.toBeInstanceOf(RateLimited);
  });

  it('a changed limit rules the next call, and calls under way settle by it', () => {
    const under = limits.reserve([rule('customer_tpm', 1000)], 900);
    expect(attempt([rule('customer_tpm', 5000)], 4000)).not.toBeInstanceOf(RateLimited);
    under.commit(100);
    expect(remaining([rule('customer_tpm', 5000)], 'tokens')).toBe(900);
    expect(attempt([rule('customer_tpm', 50)], 10)).toMatchObject({ retryAfterMs: 12_000 });
  });
});

/** Two takings that end together. */
function both(one: RateLimitReservation, other: RateLimitReservation): RateLimitReservation {
  return {
    headers: () => one.headers(),
    commit: (actual) => [one, other].forEach((reservation) => reservation.commit(actual)),
    release: () => [one, other].forEach((reservation) => reservation.release()),
  };
}
