import type { MeasuredUsage } from '../../../src/domain/statement/end-hold.js';
import type { PlaceHold } from '../../../src/domain/statement/place-hold.js';
import type { ModelPrice, Quote } from '../../../src/domain/pricing/pricing.js';
import type { UsagePersonal } from '../../../src/domain/events/usage-recorded.js';
import { built } from './built.ts';

const { applyTiers, costOf } =
  await built<typeof import('../../../src/domain/pricing/pricing.js')>('domain/pricing/pricing.js');
const { highestPrice, highestPriceText } = await built<typeof import('../../../src/domain/pricing/highest-price.js')>(
  'domain/pricing/highest-price.js',
);
const { NO_TOKENS } = await built<typeof import('../../../src/domain/pricing/tokens.js')>('domain/pricing/tokens.js');

/** A call of the bench, before it is known what its customer's id is. */
export interface BenchCall {
  readonly externalId: string;
  readonly budgetUsd: number | null;
  readonly provider: string;
  readonly model: string;
  readonly personal: UsagePersonal | undefined;
  holdOf(price: ModelPrice): Pick<PlaceHold, 'refUsed' | 'size' | 'price' | 'billableNanoUsd' | 'mayBeCounted'>;
  usageOf(quote: Quote): MeasuredUsage['usage'];
}

const MODELS = [
  { provider: 'openai', model: 'gpt-4o-mini', answers: 'gpt-4o-mini-2024-07-18' },
  { provider: 'openai', model: 'gpt-4o', answers: 'gpt-4o-2024-08-06' },
  { provider: 'anthropic', model: 'claude-sonnet-4-5', answers: 'claude-sonnet-4-5-20250929' },
] as const;

/** One customer in so many has a budget, and one call in so many has tags, a session and a property. */
const CUSTOMERS_A_BUDGET = 4;
const CALLS_A_TAG = 8;
/** No bench customer spends that much. */
const BUDGET_USD = 1_000_000;
const BILLABLE_NANO_USD = '25000000';

/** So many calls in a row come from one part in so many of the customers, as of people who are at work together. */
const CALLS_A_SHIFT = 1024;
const SHIFTS = 16;

/**
 * The call of a number, always the same. A few customers make most of the calls: of those at work, an eighth makes
 * half of them.
 */
export function callOf(number: number, customers: number, isOneEach: boolean): BenchCall {
  const share = noise(number) ** 3;
  const atWork = Math.ceil(customers / SHIFTS);
  const shift = Math.floor(noise(Math.floor(number / CALLS_A_SHIFT)) * SHIFTS) * atWork;
  const customer = isOneEach ? number % customers : (shift + Math.floor(share * atWork)) % customers;
  const { provider, model, answers } = MODELS[number % MODELS.length]!;
  const ref = `fc:${provider}/${model}`;
  const tokens = { ...NO_TOKENS, input: 200 + (number % 900), output: 20 + (number % 300) };
  const isTagged = isOneEach || number % CALLS_A_TAG === 0;
  return {
    externalId: `bench-${customer}`,
    budgetUsd: customer % CUSTOMERS_A_BUDGET === 0 && !isOneEach ? BUDGET_USD : null,
    provider,
    model,
    personal: isTagged
      ? {
          tags: ['web', `plan-${number % 5}`],
          sessionId: `s-${number % 50_000}`,
          properties: { Feature: `f-${number % 20}` },
        }
      : undefined,
    holdOf: (price) => ({
      refUsed: ref,
      size: {
        inputTokens: tokens.input * 2,
        choices: 1,
        isCrowded: false,
        askedOutputTokens: 400,
        maxOutputTokens: 16_384,
      },
      price: highestPriceText(highestPrice(price)!),
      billableNanoUsd: null,
      mayBeCounted: false,
    }),
    usageOf: ({ price, version }) => {
      const applied = applyTiers(price!, tokens.input);
      return {
        endpoint: 'chat.completions',
        provider,
        refAsked: ref,
        refUsed: ref,
        upstreamModel: answers,
        stream: number % 2 === 0,
        attempt: 1,
        final: true,
        outcome: 'completed',
        status: 200,
        errorCode: null,
        tokens,
        billedTokens: null,
        statedCostNanoUsd: null,
        priceBook: version,
        price: applied,
        costNanoUsd: costOf(tokens, applied)!.toString(),
        billableNanoUsd: number % 3 === 0 ? BILLABLE_NANO_USD : null,
        flags: [],
        creditNanoUsd: null,
        latencyMs: 400 + (number % 800),
        overheadMs: 1,
      };
    },
  };
}

/** An even spread from 0 to 1 by the golden ratio, the same in each run. */
function noise(number: number): number {
  return (number * 0.618_033_988_749_895) % 1;
}
