import type { HighestPrice } from '../../src/domain/pricing/highest-price.js';
import type { ModelPrice, TieredPrice } from '../../src/domain/pricing/pricing.js';
import type { TokenUsage } from '../../src/domain/pricing/tokens.js';
import type { HoldRequest } from './calls.js';
import { heldOf, type Funds } from './naive-statement.js';

const PER_MTOK = 1_000_000n;

/**
 * What so many tokens can cost at most: the dearest of everything, rounded up, and a half for each of four roundings.
 */
export function naiveBound(price: HighestPrice | undefined, inputTokens: number, outputTokens: number): bigint {
  if (!price) return 0n;
  const millionths = BigInt(inputTokens) * price.input + BigInt(outputTokens) * price.output;
  if (millionths === 0n) return 0n;
  return millionths / PER_MTOK + (millionths % PER_MTOK > 0n ? 1n : 0n) + 2n;
}

/**
 * What tokens cost at a list price: each kind at the tier of the whole prompt, rounded half up on its own. Null when a
 * kind has no price.
 */
export function naiveCost(price: ModelPrice, { input, cachedInput, cacheWrite, output }: TokenUsage): bigint | null {
  const at = (tiered: TieredPrice | undefined) => {
    let flat = tiered?.base;
    for (const tier of tiered?.tiers ?? []) if (input > tier.aboveInputTokens) flat = tier.price;
    return flat;
  };
  let total = 0n;
  for (const [tokens, flat] of [
    [input - cachedInput - cacheWrite, at(price.input)],
    [cachedInput, at(price.cachedInput ?? price.input)],
    [cacheWrite, at(price.cacheWrite ?? price.input)],
    [output, at(price.output)],
  ] as const) {
    if (tokens === 0) continue;
    if (flat === undefined) return null;
    const millionths = BigInt(tokens) * flat;
    total += millionths / PER_MTOK + (millionths % PER_MTOK >= PER_MTOK / 2n ? 1n : 0n);
  }
  return total;
}

/** What must become of a request, by the words of the contract alone. */
export type Expected =
  'unlimited' | 'uncounted' | 'unpriced' | 'refused' | { readonly outputLimit: number | 'as asked' };

/** Below this a call without an output limit of its own is refused rather than cut short. */
const LEAST = 256;
/** More than any model writes. */
const MODEL_MAXIMUM_WHEN_UNKNOWN = 2 ** 31;

/** The money there is once every hold whose time is over is gone. */
export function withoutExpired(funds: Funds, atMs: number): Funds {
  const { cap, spent, balance, month, holds } = funds;
  return {
    cap,
    spent,
    balance,
    month,
    holds: holds.filter(({ ending, expiresAt }) => ending === null && expiresAt > atMs),
  };
}

/** Whether what a call costs is nobody's concern here: there is no budget, and the wallet pays a fixed amount. */
export function isFixed({ cap }: Funds, { billable }: HoldRequest): boolean {
  return cap === null && billable !== undefined;
}

/** Whether a call with this output limit fits beside what is spent and held: of the budget, and of the wallet. */
export function fits(
  funds: Funds,
  { price, size, billable }: HoldRequest,
  outputLimit: number,
): { budget: boolean; wallet: boolean } {
  const held = heldOf(funds);
  const bound = () => naiveBound(price, size.inputTokens, size.choices * outputLimit);
  return {
    budget: funds.cap === null || funds.spent + held.budget + bound() <= funds.cap,
    wallet: funds.balance === null || held.wallet + (billable ?? bound()) <= funds.balance,
  };
}

/** The smallest limit that a call would be sent with, so that who refuses that one refuses the call. */
export function leastLimit({ size }: HoldRequest): number {
  const { askedOutputTokens, maxOutputTokens = MODEL_MAXIMUM_WHEN_UNKNOWN } = size;
  return askedOutputTokens ?? Math.min(LEAST, maxOutputTokens);
}

/**
 * Admitted exactly when it fits; without a limit of its own with the model's maximum or, from 256 on, with the most
 * that fits.
 */
export function expectedOf(funds: Funds, atMs: number, request: HoldRequest): Expected {
  if (funds.cap === null && funds.balance === null) return 'unlimited';
  const now = withoutExpired(funds, atMs);
  const doesFit = (limit: number) => {
    const { budget, wallet } = fits(now, request, limit);
    return budget && wallet;
  };
  if (isFixed(funds, request)) return doesFit(0) ? { outputLimit: 'as asked' } : 'refused';
  if (!request.price) return 'unpriced';
  const { askedOutputTokens: asked, maxOutputTokens = MODEL_MAXIMUM_WHEN_UNKNOWN, isCrowded } = request.size;
  if (isCrowded && request.mayBeCounted) return 'uncounted';
  const wanted = asked ?? maxOutputTokens;
  if (doesFit(wanted)) return { outputLimit: wanted };
  if (asked !== undefined || wanted <= LEAST || !doesFit(LEAST)) return 'refused';
  let [fitting, tooMuch] = [LEAST, wanted];
  while (tooMuch - fitting > 1) {
    const middle = Math.floor((fitting + tooMuch) / 2);
    if (doesFit(middle)) fitting = middle;
    else tooMuch = middle;
  }
  return { outputLimit: fitting };
}
