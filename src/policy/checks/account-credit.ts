import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Call } from '../../domain/call/call.js';
import { RingsideError } from '../../domain/errors.js';
import { highestCost, outputTokensWithin, type HighestPrice } from '../../domain/pricing/highest-price.js';
import type { TokenBound } from '../../domain/statement/hold.js';
import { directRef } from '../../domain/call/model-ref.js';
import { formatUsd, nanoUsd, type NanoUsd, type NanoUsdText } from '../../domain/money.js';
import { LEAST_OUTPUT_TOKENS, outputLimitAdvice, outputLimitWithin } from '../../domain/call/output-limit.js';
import type { Quote } from '../../domain/pricing/pricing.js';
import { RequestSizes } from '../../domain/call/request-size.js';
import type { Target } from '../../domain/call/target.js';
import { withMarkUp, withoutMarkUp } from '../../domain/pricing/tier.js';
import { countingFor, TokenCount } from '../../domain/call/token-count.js';
import { AccountCreditCache } from '../../ledger/accounts/account-credit-cache.js';
import { CreditThresholdWriter } from '../../ledger/accounts/credit-threshold-writer.js';
import { boundingPrice } from '../bounds/bounding-price.js';
import { SELF_TEST_ACCOUNT } from './self-test-account.js';
import { boundOf, exactInputTokens, withInput, type CallBound } from '../bounds/call-bound.js';
import { longestCallMs } from '../bounds/longest-call.js';

/** A call that may draw on its account's credit. */
interface CreditRequest {
  readonly call: Call;
  readonly target: Target;
  readonly quote: Quote;
}

/** What is set aside of the account's credit for a call, to be ended once: `commit` or `release`. */
export interface CallCreditReservation {
  /** The most the call can come to; undefined where the credit does not limit it. */
  readonly bound: TokenBound | undefined;
  /** The customer's own money keeps the call within this bound. */
  lowerTo(bound: TokenBound): void;
  /** The call is recorded, and drew this; null is nothing. */
  commit(drawn: NanoUsdText | null): void;
  /** The call was refused after all, or never left. */
  release(): void;
}

/** What is set aside for a call that draws nothing, or whose account's credit is only tracked. */
const NOTHING_RESERVED: CallCreditReservation = {
  bound: undefined,
  lowerTo: () => undefined,
  commit: () => undefined,
  release: () => undefined,
};

/**
 * Whether the account's own credit covers a call, where that is enforced; with what it can draw at most, mark-up
 * included.
 */
@Injectable()
export class AccountCreditCheck {
  private readonly isEnforced: boolean;
  private readonly longestCallMs: number;

  constructor(
    config: Config,
    private readonly credit: AccountCreditCache,
    private readonly thresholdWriter: CreditThresholdWriter,
    private readonly sizes: RequestSizes,
    private readonly tokens: TokenCount,
  ) {
    this.isEnforced = config.accountCredit === 'enforce';
    this.longestCallMs = longestCallMs(config.upstreamTimeouts);
  }

  /**
   * Sets aside what a call can draw. Whoever reserves ends it.
   * @throws RingsideError `account_credit_exhausted`, which reserves nothing and is noted in the book; `model_unpriced`
   * for what has no upper bound; `ledger_unavailable`
   */
  reserve(ask: CreditRequest): CallCreditReservation | Promise<CallCreditReservation> {
    const isDrawing =
      this.isEnforced && ask.target.paidBy === 'platform' && ask.call.caller.account !== SELF_TEST_ACCOUNT;
    return isDrawing ? this.reserveWithin(ask) : NOTHING_RESERVED;
  }

  private async reserveWithin(ask: CreditRequest): Promise<CallCreditReservation> {
    const { call, target } = ask;
    const drawing = { price: priceOf(ask), tier: call.caller.tier };
    if (drawnBy({ inputTokens: 1, outputTokens: 1 }, drawing) === 0n) return NOTHING_RESERVED;
    let refusal: RingsideError | undefined;
    for await (const size of this.sizesOf(call, target)) {
      const outcome = await this.attempt(call, size, drawing);
      if (!(outcome instanceof RingsideError)) return outcome;
      refusal = outcome;
    }
    const { account } = call.caller;
    this.thresholdWriter.refused(account, call.requestId, this.credit.creditOf(account)!);
    throw refusal!;
  }

  /**
   * The call's size as it is worth trying with: by bytes, which costs nothing, then counted, then when the figures are
   * as new as the call.
   */
  private async *sizesOf(call: Call, target: Target): AsyncGenerator<CallBound> {
    let size = boundOf(call, target, this.sizes);
    const isCountable = target.sizes.encoding !== undefined;
    if (!size.isCrowded || !isCountable) yield size;
    if (isCountable) {
      size = withInput(size, await exactInputTokens(call, target, this.sizes, countingFor(this.tokens, call)));
      yield size;
    }
    await this.credit.catchUp();
    yield size;
  }

  /** Reserves for a call of this size, or says why not. */
  private async attempt(
    { caller, requestId }: Call,
    size: CallBound,
    drawing: Drawing,
  ): Promise<CallCreditReservation | RingsideError> {
    const asking = { account: caller.account, requestId, longestCallMs: this.longestCallMs };
    let outcome: TokenBound | RingsideError | undefined;
    const reservation = await this.credit.reserve(asking, (left) => {
      outcome = boundWithin(left, size, drawing);
      return outcome instanceof RingsideError ? undefined : drawnBy(outcome, drawing);
    });
    if (!reservation) return outcome as RingsideError;
    return {
      bound: outcome as TokenBound,
      lowerTo: (bound) => reservation.lowerTo(drawnBy(bound, drawing)),
      commit: (drawn) => reservation.commit(nanoUsd(drawn ?? '0')),
      release: () => reservation.release(),
    };
  }
}

/** What decides how much tokens draw. */
interface Drawing {
  readonly price: HighestPrice;
  readonly tier: Call['caller']['tier'];
}

function priceOf({ call, target: { provider, model }, quote }: CreditRequest): HighestPrice {
  const price = boundingPrice(call, quote);
  if (price) return price;
  const message = `${directRef(provider, model)} has no price here, and calls that the account's credit pays for need one`;
  throw new RingsideError('model_unpriced', message, { param: 'model' });
}

function drawnBy(
  { inputTokens, outputTokens }: Pick<TokenBound, 'inputTokens' | 'outputTokens'>,
  { price, tier }: Drawing,
): NanoUsd {
  return withMarkUp(highestCost(price, inputTokens, outputTokens), tier);
}

/**
 * The bound with which a call goes out, at most the one that what is left covers; a refusal when that is not enough.
 */
function boundWithin(left: NanoUsd, size: CallBound, drawing: Drawing): TokenBound | RingsideError {
  const { inputTokens, choices, askedOutputTokens: asked } = size;
  const allTokens = outputTokensWithin(withoutMarkUp(left, drawing.tier), drawing.price, inputTokens);
  const fitting = allTokens < 0 ? allTokens : Math.floor(allTokens / choices);
  const outputLimit = outputLimitWithin(size, fitting);
  if (outputLimit !== undefined) return { inputTokens, outputTokens: outputLimit * choices, outputLimit };
  const needed = drawnBy({ inputTokens, outputTokens: (asked ?? LEAST_OUTPUT_TOKENS) * choices }, drawing);
  return new RingsideError(
    'account_credit_exhausted',
    `this call could draw up to ${formatUsd(needed)} USD from the account's credit, mark-up included, ` +
      `and ${formatUsd(left)} USD is left after what running calls may draw; ${outputLimitAdvice(fitting, asked)}`,
  );
}
