import fc from 'fast-check';
import type { CustomerCause } from '../../src/domain/events/command-cause.js';
import type { MeasuredUsage } from '../../src/domain/statement/end-hold.js';
import { highestPriceText, type HighestPrice } from '../../src/domain/pricing/highest-price.js';
import type { PlacedHold } from '../../src/domain/statement/hold.js';
import { nanoUsd, type NanoUsd } from '../../src/domain/money.js';
import type { CallSize, PlaceHold } from '../../src/domain/statement/place-hold.js';
import { applyTiers, type ModelPrice, type TieredPrice } from '../../src/domain/pricing/pricing.js';
import { NO_TOKENS, type TokenUsage } from '../../src/domain/pricing/tokens.js';
import { usageRecorded } from '../support/events.js';
import { naiveCost } from './naive-admission.js';

export const ACCOUNT = 'acct_1';

/** Prices around a nano-dollar a token, so that every rounding and every token shows. */
const perMtok = fc.constantFrom(0n, 1n, 499_999n, 500_000n, 1_000_000n, 2_500_001n, 30_000_000n);
const tiers = fc
  .uniqueArray(fc.record({ aboveInputTokens: fc.nat(2000), price: perMtok }), {
    maxLength: 2,
    selector: (tier) => tier.aboveInputTokens,
  })
  .map((unsorted) => unsorted.toSorted((a, b) => a.aboveInputTokens - b.aboveInputTokens));
const tiered: fc.Arbitrary<TieredPrice> = fc.record({ base: perMtok, tiers });

/** A list price that bounds a call: input and output are known, the others may be. */
export const modelPrice: fc.Arbitrary<ModelPrice> = fc.record(
  { input: tiered, output: tiered, cachedInput: tiered, cacheWrite: tiered },
  { requiredKeys: ['input', 'output'] },
);

/** The highest of everything a price list says about a kind of token. */
export function naiveHighest({ input, cachedInput, cacheWrite, output }: ModelPrice): HighestPrice {
  const all = (...prices: (TieredPrice | undefined)[]) =>
    prices
      .flatMap((price) => (price ? [price.base, ...price.tiers.map((tier) => tier.price)] : []))
      .toSorted((a, b) => Number(b - a));
  return { input: all(input, cachedInput, cacheWrite)[0]!, output: all(output)[0]!, request: nanoUsd(0n) };
}

/** A call that somebody wants to make. */
export interface WantedCall {
  readonly price: ModelPrice | undefined;
  readonly inputTokens: number;
  readonly choices: number;
  readonly asked: number | undefined;
  readonly maximum: number | undefined;
  readonly billable: bigint | undefined;
  readonly longestCallMs: number;
  readonly mayBeCounted: boolean;
  readonly isCrowded: boolean;
}

const rarely = fc.nat(7).map((one) => one === 0);
const often = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

/** Calls of every kind: with and without a price, an output limit, a known maximum, an amount to charge. */
export const wantedCall: fc.Arbitrary<WantedCall> = fc.record({
  price: fc.option(modelPrice, { nil: undefined, freq: 8 }),
  inputTokens: fc.nat(3000),
  choices: fc.constantFrom(1, 1, 1, 2, 3),
  asked: often(fc.integer({ min: 1, max: 2000 })),
  maximum: often(fc.integer({ min: 1, max: 3000 })),
  billable: fc.option(fc.bigInt(0n, 5000n), { nil: undefined, freq: 1 }),
  longestCallMs: fc.integer({ min: 1, max: 1_000_000 }),
  mayBeCounted: rarely,
  isCrowded: rarely,
});

/** A cause whose events have ids of their own. */
export function causeOf(requestId: string, customer = 'cust_1'): CustomerCause {
  return { account: ACCOUNT, customer, requestId, actor: 'key:key_1', id: requestId };
}

/** A call that wants to be sent, as far as money is concerned. */
export interface HoldRequest {
  readonly hold: string;
  readonly size: CallSize;
  readonly price: HighestPrice | undefined;
  readonly billable: NanoUsd | undefined;
  readonly longestCallMs: number;
  readonly mayBeCounted: boolean;
  readonly cause: CustomerCause;
}

/** The request as a command. */
export function commandOf({ hold, size, price, billable, longestCallMs, mayBeCounted, cause }: HoldRequest): PlaceHold {
  return {
    type: 'PlaceHold',
    cause,
    hold,
    refUsed: 'fc:openai/gpt-4o-mini',
    size,
    price: price ? highestPriceText(price) : null,
    billableNanoUsd: billable?.toString() ?? null,
    longestCallMs,
    mayBeCounted,
  };
}

/** The call as the funds ask for it. The caller's limit is at most the model's, as the bound of a call makes sure. */
export function requestOf(wanted: WantedCall, hold: string, cause: CustomerCause): HoldRequest {
  const { price, inputTokens, choices, asked, maximum, billable, longestCallMs, mayBeCounted, isCrowded } = wanted;
  return {
    hold,
    size: {
      inputTokens,
      choices,
      askedOutputTokens: asked === undefined ? undefined : Math.min(asked, maximum ?? Infinity),
      maxOutputTokens: maximum,
      isCrowded,
    },
    price: price && naiveHighest(price),
    billable: billable === undefined ? undefined : nanoUsd(billable),
    longestCallMs,
    mayBeCounted,
    cause,
  };
}

/**
 * How much of its bounds a call used: everything, a part in thousandths, nothing since it failed, or more than was
 * thought possible.
 */
export interface Spending {
  readonly how: 'all' | 'part' | 'failed' | 'more';
  readonly inputShare: number;
  readonly outputShare: number;
  readonly cachedShare: number;
  readonly writtenShare: number;
}

/** Every way to spend, with every way to divide a prompt. */
export function spending(...how: readonly Spending['how'][]): fc.Arbitrary<Spending> {
  const share = fc.oneof(fc.constantFrom(0, 1000), fc.nat(1000));
  return fc.record({
    how: fc.constantFrom(...how),
    inputShare: share,
    outputShare: share,
    cachedShare: share,
    writtenShare: share,
  });
}

const partOf = (count: number, thousandths: number) => Math.floor((count * thousandths) / 1000);

/** The tokens a call used of what was bounded. */
export function tokensOf(
  { how, ...share }: Spending,
  bound: { inputTokens: number; outputTokens: number },
): TokenUsage {
  if (how === 'failed') return NO_TOKENS;
  const part = (count: number, thousandths: number) => (how === 'part' ? partOf(count, thousandths) : count);
  const input = part(bound.inputTokens, share.inputShare) + (how === 'more' ? 1 + share.inputShare : 0);
  const output = part(bound.outputTokens, share.outputShare) + (how === 'more' ? share.outputShare : 0);
  const cachedInput = partOf(input, share.cachedShare);
  return { ...NO_TOKENS, input, output, cachedInput, cacheWrite: partOf(input - cachedInput, share.writtenShare) };
}

/** What a call used, as the meter hands it over. */
export function measured(
  wanted: Pick<WantedCall, 'price' | 'billable'>,
  tokens: TokenUsage,
  { hold, cause, failed = false }: { hold: PlacedHold | undefined; cause: CustomerCause; failed?: boolean },
): MeasuredUsage {
  const price = wanted.price ? applyTiers(wanted.price, tokens.input) : {};
  const cost = naiveCost(wanted.price ?? {}, tokens);
  const usage = usageRecorded({
    data: {
      tokens,
      price,
      costNanoUsd: cost === null ? null : cost.toString(),
      billableNanoUsd: wanted.billable === undefined ? null : failed ? '0' : wanted.billable.toString(),
      flags: cost === null ? ['unpriced'] : [],
      outcome: failed ? 'failed' : 'completed',
      status: failed ? 502 : 200,
    },
  }).data;
  return { cause, personal: undefined, usage, hold, transaction: `txn_${cause.requestId}` };
}
