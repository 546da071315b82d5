import fc from 'fast-check';
import { highestCost, highestPrice, outputTokensWithin } from '../../src/domain/pricing/highest-price.js';
import { nanoUsd } from '../../src/domain/money.js';
import { applyTiers, costOf } from '../../src/domain/pricing/pricing.js';
import {
  causeOf,
  commandOf,
  modelPrice,
  naiveHighest,
  requestOf,
  spending,
  tokensOf,
  type WantedCall,
} from './calls.js';
import { ModelRuns, MODEL_TIMEOUT_MS, type Share } from './model-runs.js';
import { naiveBound, naiveCost } from './naive-admission.js';
import {
  anything,
  changeBudget,
  changeWallet,
  fittingCalls,
  spendingAndPaying,
  type Command,
} from './statement-commands.js';
import { Model, Real } from './statement-model.js';

const runs = new ModelRuns('statement models');
afterAll(() => runs.print());

/** Runs random histories on the model and on the statement, which are compared after every step. */
function histories(commands: readonly fc.Arbitrary<Command>[], maxCommands: number, share: Share): void {
  runs.check(
    fc.property(fc.commands([...commands], { maxCommands, size: 'max' }), (history) =>
      fc.modelRun(() => ({ model: new Model(), real: new Real() }), history),
    ),
    share,
  );
}

it(
  'holds, endings, changes of budget and wallet and turns of the month, in any order, keep every law of the book',
  () => histories(anything, 40, { share: 0.5 }),
  MODEL_TIMEOUT_MS,
);

it(
  'R10 no refusal while spend + open holds + estimate fits the cap (statement): exact to the nano-dollar and to the token, both ways',
  () => histories(fittingCalls, 15, { share: 0.2 }),
  MODEL_TIMEOUT_MS,
);

it(
  'R37 a crossing notifies once per customer and period (statement): said when it is reached, and again only after it was taken back',
  () => histories(spendingAndPaying, 40, { share: 0.2 }),
  MODEL_TIMEOUT_MS,
);

const bounds = fc.record({ inputTokens: fc.nat(5000), outputTokens: fc.nat(5000) });

it('the highest cost is never below a real one, whatever the tiers and the kinds of tokens', () => {
  runs.check(
    fc.property(modelPrice, bounds, spending('all', 'part'), (price, bound, how) => {
      const tokens = tokensOf(how, bound);
      const highest = highestPrice(price)!;
      expect(highest).toEqual(naiveHighest(price));
      const cost = costOf(tokens, applyTiers(price, tokens.input))!;
      expect(cost).toBe(naiveCost(price, tokens));
      expect(highestCost(highest, bound.inputTokens, bound.outputTokens)).toBe(
        naiveBound(highest, bound.inputTokens, bound.outputTokens),
      );
      expect(cost <= highestCost(highest, bound.inputTokens, bound.outputTokens)).toBe(true);
    }),
    { share: 0.2 },
  );
});

it('the output tokens that an amount pays for fit, and one more does not', () => {
  runs.check(
    fc.property(modelPrice, fc.nat(5000), fc.bigInt(-5n, 50_000n), (price, inputTokens, amount) => {
      const highest = naiveHighest(price);
      const tokens = outputTokensWithin(nanoUsd(amount), highest, inputTokens);
      const fits = (output: number) => naiveBound(highest, inputTokens, output) <= amount;
      if (tokens < 0) expect(fits(0)).toBe(false);
      else if (tokens === Infinity) expect([highest.output, fits(1_000_000)]).toEqual([0n, true]);
      else expect([fits(tokens), fits(tokens + 1)]).toEqual([true, false]);
    }),
    { share: 0.2 },
  );
});

it('a refusal for want of the shortest answer a model gives names who cannot pay that one', () => {
  const model = new Model();
  const real = new Real();
  const flat = (base: bigint) => ({ base, tiers: [] });
  const wanted: WantedCall = {
    price: { input: flat(0n), output: flat(30_000_000n) },
    inputTokens: 0,
    choices: 1,
    asked: undefined,
    maximum: 1,
    billable: undefined,
    longestCallMs: 1,
    mayBeCounted: false,
    isCrowded: false,
  };
  // One token costs 30, and 2 are held for roundings: the budget has that, the wallet has not, and 256 tokens are
  // beyond both.
  changeWallet(model, real, 'topup', 1n);
  changeBudget(model, real, 32n);
  const { outcome } = real.decide(commandOf(requestOf(wanted, 'hold_1', causeOf('req_1'))), model.atMs);
  expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'customer_wallet_empty' } });
});
