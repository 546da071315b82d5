import type { Decision } from '../decider.js';
import { envelopeOf, type CustomerCause } from '../events/command-cause.js';
import { expiries } from './end-hold.js';
import { RingsideError } from '../errors.js';
import type { UsageHeld } from '../events/index.js';
import type { StatementContext } from './context.js';
import { isLimited, type PlacedHold } from './hold.js';
import {
  highestCost,
  highestPriceOf,
  outputTokensWithin,
  type HighestPrice,
  type HighestPriceText,
} from '../pricing/highest-price.js';
import { formatUsd, nanoUsd, type NanoUsd, type NanoUsdText } from '../money.js';
import { LEAST_OUTPUT_TOKENS, outputLimitAdvice, outputLimitWithin, type AnswerLength } from '../call/output-limit.js';
import {
  evolveStatement,
  freeBudget,
  freeWallet,
  spentOf,
  type StatementEvent,
  type StatementState,
} from './statement.js';
import { countingMonth } from './resumed-month.js';
import { refusalCrossing } from './thresholds.js';

/** How large a call can become, in tokens. */
export interface CallSize extends AnswerLength {
  /** Upper bound of the prompt. */
  readonly inputTokens: number;
  /** How many answers were asked for; the output limit is that of each. */
  readonly choices: number;
  /**
   * The model's longest answer might not fit beside a prompt of this bound: it must be counted before that limit can be
   * sent.
   */
  readonly isCrowded: boolean;
}

/** Sets money aside for a call that wants to be sent. */
export interface PlaceHold {
  readonly type: 'PlaceHold';
  readonly cause: CustomerCause;
  /** `hold_…` */
  readonly hold: string;
  readonly refUsed: string;
  /** Left out where it is not known yet whether the cost decides: it takes work to find out. */
  readonly size?: CallSize | undefined;
  /** Null when the model has no price here. */
  readonly price: HighestPriceText | null;
  /** What the developer charges for the call; the wallet pays that, or the cost when it is null. */
  readonly billableNanoUsd: NanoUsdText | null;
  /** How long the call can take at most, in milliseconds. */
  readonly longestCallMs: number;
  /** The prompt may still be counted, which may make its bound smaller: a refusal is not final then, and not noted. */
  readonly mayBeCounted: boolean;
}

/**
 * What became of it: nothing needs to be held, a hold was placed, the size is missing (nothing was written), the prompt
 * must be counted first, or the money does not suffice.
 */
export type HoldOutcome =
  | { readonly kind: 'unlimited' }
  | { readonly kind: 'held'; readonly hold: PlacedHold }
  | { readonly kind: 'unsized' }
  | { readonly kind: 'uncounted' }
  | { readonly kind: 'refused'; readonly refusal: HoldRefusal };

/** The error that a caller is told, as plain JSON. */
export interface HoldRefusal {
  readonly code: 'customer_budget_exceeded' | 'customer_wallet_empty';
  readonly message: string;
}

/**
 * Whether a call may be sent. Sets aside what it can cost at most: exactly when that fits beside what is spent and
 * held. Holds whose time is over are released first.
 * @throws RingsideError `model_unpriced` when a budget or wallet would pay for something without a price
 */
export function placeHold(
  command: PlaceHold,
  state: StatementState,
  context: StatementContext,
): Decision<StatementEvent, HoldOutcome> {
  if (!isLimited(state)) return { events: [], outcome: { kind: 'unlimited' } };
  const priced = costDecides(state, command) ? pricedCall(state, command) : undefined;
  if (priced === 'unsized') return { events: [], outcome: { kind: 'unsized' } };
  const expired = expiries(state, command.cause, context);
  const now: Wanted = { command, context, state: expired.reduce<StatementState>(evolveStatement, state) };
  const { events, outcome } = priced ? holdByCost(now, priced) : holdFixed(now);
  return { events: [...expired, ...events], outcome };
}

/** Whether a statement in this state asks for the size of a call. */
export function asksForSize(state: StatementState, command: PlaceHold): boolean {
  return isLimited(state) && costDecides(state, command) && command.price !== null;
}

/** Without a budget, and with a wallet that pays what the developer charges, nothing depends on what the call costs. */
function costDecides({ capNanoUsd }: StatementState, { billableNanoUsd }: PlaceHold): boolean {
  return capNanoUsd !== null || billableNanoUsd === null;
}

/** A call whose cost decides: what it can come to, and who pays. */
interface PricedCall {
  readonly price: HighestPrice;
  readonly size: CallSize;
  readonly billable: NanoUsd | undefined;
}

function pricedCall(
  { capNanoUsd }: StatementState,
  { refUsed, price, size, billableNanoUsd }: PlaceHold,
): PricedCall | 'unsized' {
  if (price === null) {
    const payer = capNanoUsd === null ? 'wallet' : 'budget';
    const message = `${refUsed} has no known price, so a customer with a ${payer} cannot use it`;
    throw new RingsideError('model_unpriced', message, { param: 'model' });
  }
  if (!size) return 'unsized';
  return {
    price: highestPriceOf(price),
    size,
    billable: billableNanoUsd === null ? undefined : nanoUsd(billableNanoUsd),
  };
}

/** A command, and the statement without the holds whose time is over. */
interface Wanted {
  readonly command: PlaceHold;
  readonly state: StatementState;
  readonly context: StatementContext;
}

function holdFixed(wanted: Wanted): Decision<StatementEvent, HoldOutcome> {
  const charge = nanoUsd(wanted.command.billableNanoUsd!);
  if (charge <= freeWallet(wanted.state)!)
    return held(wanted, { costNanoUsd: null, walletNanoUsd: charge.toString(), bound: undefined });
  return refused(wanted, 'wallet', `this call costs ${formatUsd(charge)} USD, which ${walletOf(wanted.state)}`, true);
}

function holdByCost(wanted: Wanted, priced: PricedCall): Decision<StatementEvent, HoldOutcome> {
  const { state, command } = wanted;
  if (priced.size.isCrowded && command.mayBeCounted) return { events: [], outcome: { kind: 'uncounted' } };
  const limit = outputLimitWithin(priced.size, fittingOutputTokens(state, priced));
  if (limit === undefined) return refuseByCost(wanted, priced);
  const { inputTokens, choices } = priced.size;
  const { cost, charge } = amountsOf(state, priced, limit);
  return held(wanted, {
    costNanoUsd: cost?.toString() ?? null,
    walletNanoUsd: charge?.toString() ?? null,
    bound: { inputTokens, outputTokens: limit * choices, outputLimit: limit },
  });
}

function held(
  { state, command, context }: Wanted,
  sized: Omit<PlacedHold, 'hold' | 'month'>,
): Decision<StatementEvent, HoldOutcome> {
  const { hold, refUsed, longestCallMs, cause } = command;
  const { costNanoUsd, walletNanoUsd, bound } = sized;
  const event: UsageHeld = {
    ...envelopeOf(cause, context, `held ${hold}`),
    type: 'UsageHeld',
    data: {
      hold,
      refUsed,
      bound: bound ? { inputTokens: bound.inputTokens, outputTokens: bound.outputTokens } : null,
      costNanoUsd,
      walletNanoUsd,
      expiresAt: context.nowMs + longestCallMs,
    },
  };
  return { events: [event], outcome: { kind: 'held', hold: { hold, month: countingMonth(state), ...sized } } };
}

/** What would be held of the budget and of the wallet for a call with this output limit; null where there is none. */
function amountsOf(state: StatementState, { price, size, billable }: PricedCall, limit: number) {
  const cost = highestCost(price, size.inputTokens, size.choices * limit);
  return { cost: state.capNanoUsd === null ? null : cost, charge: state.wallet ? (billable ?? cost) : null };
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

function refuseByCost(wanted: Wanted, priced: PricedCall): Decision<StatementEvent, HoldOutcome> {
  const { state, command } = wanted;
  const { askedOutputTokens, maxOutputTokens = LEAST_OUTPUT_TOKENS } = priced.size;
  const { cost, charge } = amountsOf(
    state,
    priced,
    askedOutputTokens ?? Math.min(LEAST_OUTPUT_TOKENS, maxOutputTokens),
  );
  const budget = freeBudget(state);
  if (budget !== undefined && cost! > budget) {
    const [spent, heldNow, cap] = [spentOf(state), nanoUsd(state.heldNanoUsd), nanoUsd(state.capNanoUsd!)].map(
      formatUsd,
    );
    const why = `the customer's monthly budget does not allow: ${spent} USD spent and ${heldNow} USD held of ${cap} USD`;
    const message = `this call could cost up to ${formatUsd(cost!)} USD, which ${why}; ${advice(state, priced)}`;
    return refused(wanted, 'budget', message, !command.mayBeCounted);
  }
  const tip = priced.billable === undefined ? `; ${advice(state, priced)}` : '';
  const message = `this call could cost up to ${formatUsd(charge!)} USD, which ${walletOf(state)}${tip}`;
  return refused(wanted, 'wallet', message, !command.mayBeCounted);
}

function advice(state: StatementState, priced: PricedCall): string {
  return outputLimitAdvice(fittingOutputTokens(state, priced), priced.size.askedOutputTokens);
}

function walletOf({ wallet }: StatementState): string {
  const [balance, heldNow] = [nanoUsd(wallet!.balanceNanoUsd), nanoUsd(wallet!.heldNanoUsd)].map(formatUsd);
  return `the customer's wallet does not cover: ${balance} USD of balance, of which ${heldNow} USD is held`;
}

function refused(
  { state, command, context }: Wanted,
  payer: 'budget' | 'wallet',
  message: string,
  isFinal: boolean,
): Decision<StatementEvent, HoldOutcome> {
  const code = payer === 'budget' ? 'customer_budget_exceeded' : 'customer_wallet_empty';
  const events = isFinal ? refusalCrossing(state, payer, command.cause, context) : [];
  return { events, outcome: { kind: 'refused', refusal: { code, message } } };
}
