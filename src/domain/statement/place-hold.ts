import { envelopeOf, type Cause } from '../events/cause.js';
import { expireHolds } from './end-hold.js';
import { RingsideError } from '../errors.js';
import type { UsageHeld } from '../events/index.js';
import { isLimited, type PlacedHold } from './hold.js';
import { highestCost, outputTokensWithin, type HighestPrice } from '../pricing/highest-price.js';
import { formatUsd, nanoUsd, type NanoUsd } from '../money.js';
import { LEAST_OUTPUT_TOKENS, outputLimitAdvice, outputLimitWithin, type AnswerLength } from '../call/output-limit.js';
import { evolveStatement, freeBudget, freeWallet, spentOf, type StatementEvent, type StatementState } from './statement.js';
import { countingMonth } from './resumed-month.js';
import { refusalCrossing } from './thresholds.js';

/** How large a call can become, in tokens. */
export interface CallSize extends AnswerLength {
  /** Upper bound of the prompt. */
  readonly inputTokens: number;
  /** How many answers were asked for; the output limit is that of each. */
  readonly choices: number;
  /** The model's longest answer might not fit beside a prompt of this bound: it must be counted before that limit can be sent. */
  readonly isCrowded: boolean;
}

/** A call that wants to be sent, as far as money is concerned. */
export interface HoldRequest {
  /** `hold_…` */
  readonly hold: string;
  readonly refUsed: string;
  /** Asked for where the cost decides; throws RingsideError `model_unpriced` for what has no bound. */
  readonly size: () => CallSize;
  /** Undefined when the model has no price here. */
  readonly price: HighestPrice | undefined;
  /** What the developer charges for the call; the wallet pays that, or the cost when it is undefined. */
  readonly billable: NanoUsd | undefined;
  /** How long the call can take at most, in milliseconds. */
  readonly longestCallMs: number;
  /** The prompt may still be counted, which may make its bound smaller: a refusal is not final then, and not noted. */
  readonly mayBeCounted: boolean;
  /** Whether the call of another hold is known to be at work, whatever the clock says; undefined where nothing is known. */
  readonly isUnderWay?: (hold: string) => boolean;
  readonly cause: Cause;
}

/** What became of the request: nothing needs to be held, a hold was placed, the prompt must be counted first, or the money does not suffice. */
export type HoldOutcome =
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'held'; readonly hold: PlacedHold }
  | { readonly kind: 'uncounted' }
  | { readonly kind: 'refused'; readonly refusal: RingsideError };

/**
 * Decides whether a call may be sent, and sets aside what it can cost at most: exactly when that fits beside what is spent and held.
 * Holds whose time is over are released first.
 * @throws RingsideError `model_unpriced` when a budget or wallet would pay for something without a bound
 */
export function placeHold(state: StatementState, atMs: number, request: HoldRequest): { events: StatementEvent[]; outcome: HoldOutcome } {
  if (!isLimited(state)) return { events: [], outcome: { kind: 'unlimited' } };
  const expired = expireHolds(state, atMs, request.cause, request.isUnderWay);
  const now = expired.reduce<StatementState>(evolveStatement, state);
  const { events, outcome } = costDecides(now, request) ? holdByCost(now, atMs, request) : holdFixed(now, atMs, request);
  return { events: [...expired, ...events], outcome };
}

/** Without a budget, and with a wallet that pays what the developer charges, nothing depends on what the call costs. */
function costDecides({ capNanoUsd }: StatementState, { billable }: HoldRequest): boolean {
  return capNanoUsd !== null || billable === undefined;
}

type HoldDecision = { readonly events: readonly StatementEvent[]; readonly outcome: HoldOutcome };

function holdFixed(state: StatementState, atMs: number, request: HoldRequest): HoldDecision {
  const charge = request.billable!;
  if (charge <= freeWallet(state)!) return held(state, atMs, request, { costNanoUsd: null, walletNanoUsd: charge, bound: undefined });
  return refused(state, atMs, request, 'wallet', `this call costs ${formatUsd(charge)} USD, which ${walletOf(state)}`);
}

function holdByCost(state: StatementState, atMs: number, request: HoldRequest): HoldDecision {
  const priced: PricedCall = { price: requirePrice(state, request), size: request.size(), billable: request.billable };
  if (priced.size.isCrowded && request.mayBeCounted) return { events: [], outcome: { kind: 'uncounted' } };
  const limit = outputLimitWithin(priced.size, fittingOutputTokens(state, priced));
  if (limit === undefined) return refuseByCost(state, atMs, request, priced);
  const { inputTokens, choices } = priced.size;
  const bound = { inputTokens, outputTokens: limit * choices, outputLimit: limit };
  return held(state, atMs, request, { ...amountsOf(state, priced, limit), bound });
}

function held(
  state: StatementState,
  atMs: number,
  request: HoldRequest,
  sized: Pick<PlacedHold, 'costNanoUsd' | 'walletNanoUsd' | 'bound'>,
): HoldDecision {
  const { hold, refUsed, longestCallMs, cause } = request;
  const { costNanoUsd, walletNanoUsd, bound } = sized;
  const event: UsageHeld = {
    ...envelopeOf(cause, atMs, `held ${hold}`),
    type: 'UsageHeld',
    data: {
      hold,
      refUsed,
      bound: bound ? { inputTokens: bound.inputTokens, outputTokens: bound.outputTokens } : null,
      costNanoUsd: costNanoUsd === null ? null : costNanoUsd.toString(),
      walletNanoUsd: walletNanoUsd === null ? null : walletNanoUsd.toString(),
      expiresAt: atMs + longestCallMs,
    },
  };
  return { events: [event], outcome: { kind: 'held', hold: { hold, month: countingMonth(state), ...sized } } };
}

/** A call whose cost decides: what it can come to, and who pays. */
interface PricedCall {
  readonly price: HighestPrice;
  readonly size: CallSize;
  readonly billable: NanoUsd | undefined;
}

/** What would be held for a call with this output limit. */
function amountsOf(state: StatementState, { price, size, billable }: PricedCall, limit: number) {
  const cost = highestCost(price, size.inputTokens, size.choices * limit);
  return { costNanoUsd: state.capNanoUsd === null ? null : cost, walletNanoUsd: state.wallet ? (billable ?? cost) : null };
}

/** How many output tokens of each answer the free money pays for; negative when not even the prompt fits. */
function fittingOutputTokens(state: StatementState, { price, size, billable }: PricedCall): number {
  const [budget, prepaid] = [freeBudget(state), freeWallet(state)];
  if (prepaid !== undefined && billable !== undefined && billable > prepaid) return -1;
  const payers = [budget, billable === undefined ? prepaid : undefined].filter((free) => free !== undefined);
  const least = payers.reduce((a, b) => (a < b ? a : b));
  const tokens = outputTokensWithin(least, price, size.inputTokens);
  return tokens < 0 ? tokens : Math.floor(tokens / size.choices);
}

function requirePrice({ capNanoUsd }: StatementState, { price, refUsed }: HoldRequest): HighestPrice {
  if (price) return price;
  const payer = capNanoUsd === null ? 'wallet' : 'budget';
  throw new RingsideError(
    'model_unpriced',
    `${refUsed} has no price here, so nothing bounds what a call costs a customer with a ${payer}`,
    {
      param: 'model',
    },
  );
}

function refuseByCost(state: StatementState, atMs: number, request: HoldRequest, priced: PricedCall): HoldDecision {
  const { askedOutputTokens, maxOutputTokens = LEAST_OUTPUT_TOKENS } = priced.size;
  const { costNanoUsd, walletNanoUsd } = amountsOf(state, priced, askedOutputTokens ?? Math.min(LEAST_OUTPUT_TOKENS, maxOutputTokens));
  const budget = freeBudget(state);
  if (budget !== undefined && costNanoUsd! > budget) {
    const [spent, heldNow, cap] = [spentOf(state), nanoUsd(state.heldNanoUsd), nanoUsd(state.capNanoUsd!)].map(formatUsd);
    const why = `the customer's monthly budget does not allow: ${spent} USD spent and ${heldNow} USD held of ${cap} USD`;
    return refused(
      state,
      atMs,
      request,
      'budget',
      `this call could cost up to ${formatUsd(costNanoUsd!)} USD, which ${why}; ${advice(state, priced)}`,
    );
  }
  const tip = priced.billable === undefined ? `; ${advice(state, priced)}` : '';
  return refused(
    state,
    atMs,
    request,
    'wallet',
    `this call could cost up to ${formatUsd(walletNanoUsd!)} USD, which ${walletOf(state)}${tip}`,
  );
}

function advice(state: StatementState, priced: PricedCall): string {
  return outputLimitAdvice(fittingOutputTokens(state, priced), priced.size.askedOutputTokens);
}

function walletOf({ wallet }: StatementState): string {
  const [balance, heldNow] = [nanoUsd(wallet!.balanceNanoUsd), nanoUsd(wallet!.heldNanoUsd)].map(formatUsd);
  return `the customer's wallet does not cover: ${balance} USD of balance, of which ${heldNow} USD is held`;
}

function refused(state: StatementState, atMs: number, request: HoldRequest, payer: 'budget' | 'wallet', message: string): HoldDecision {
  const refusal = new RingsideError(payer === 'budget' ? 'customer_budget_exceeded' : 'customer_wallet_empty', message);
  const isFinal = !costDecides(state, request) || !request.mayBeCounted;
  const events = isFinal ? refusalCrossing(state, atMs, payer, request.cause) : [];
  return { events, outcome: { kind: 'refused', refusal } };
}
