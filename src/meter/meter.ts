import { Injectable } from '@nestjs/common';
import { asksForFee } from '../domain/call/asked-fees.js';
import { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import type { MeasuredUsage } from '../domain/statement/end-hold.js';
import type { UsageRecorded } from '../domain/events/index.js';
import type { UsageFlag } from '../domain/events/usage-recorded.js';
import { IdSource } from '../domain/ids.js';
import { LIMITS } from '../domain/limits.js';
import type { NanoUsd, NanoUsdText } from '../domain/money.js';
import {
  applyTiers,
  billedCost,
  hasFees,
  PriceBook,
  type AppliedPrice,
  type Quote,
} from '../domain/pricing/pricing.js';
import { promptText } from '../domain/call/prompt-text.js';
import { withMarkUp } from '../domain/pricing/tier.js';
import { NO_TOKENS, type TokenUsage } from '../domain/pricing/tokens.js';
import { causeOf } from '../ledger/usage/call-cause.js';
import { UsageRecorder } from '../ledger/usage/usage-recorder.js';
import { refOf, type AttemptContext } from './attempt-context.js';
import { NOTHING_USED, type ObservedUsage } from './observed-usage.js';
import { BYTES_PER_TOKEN, TokenCounter } from './token-counter.js';

/**
 * How an attempt ended. `completed`: the provider gave its whole answer. `aborted`: the caller left; what was generated
 * until then is counted, and the prompt, which the provider had read. `failed`: before any output, and where nobody
 * says otherwise, that costs nothing; else what was seen is counted. `unsent`: it was refused, or its caller left,
 * before anything was sent.
 */
export type AttemptEnding =
  | { readonly kind: 'completed' | 'aborted'; readonly observed: ObservedUsage }
  /** `isFinal`: the call ends with this attempt. */
  | { readonly kind: 'failed'; readonly observed: ObservedUsage; readonly error: unknown; readonly isFinal: boolean }
  | { readonly kind: 'unsent' };

/** What a recorded attempt came to. */
export interface EndedAttempt {
  /** Undefined where nothing was sent, and where the usage lies in the spool because the book is out. */
  readonly recorded: UsageRecorded | undefined;
  /** The tokens that all attempts at the call have used so far. */
  readonly tokens: number;
}

/** The status noted for a call whose caller left; it was never sent. */
const CLIENT_CLOSED_REQUEST = 499;

/** Prices what an attempt used and writes it in the book. */
@Injectable()
export class Meter {
  constructor(
    private readonly usageRecorder: UsageRecorder,
    private readonly prices: PriceBook,
    private readonly tokens: TokenCounter,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  /**
   * Ends an attempt, once. Resolves when its record is durable; what was set aside for it is free then.
   * @throws RingsideError `ledger_unavailable` when neither the book nor the spool takes the record
   */
  end(attempt: AttemptContext, ending: AttemptEnding): Promise<EndedAttempt> {
    if (ending.kind === 'unsent')
      return this.release(attempt).then(() => ({ recorded: undefined, tokens: attempt.tokensBefore }));
    if (ending.kind === 'failed') return this.fail(attempt, ending);
    const status = ending.kind === 'completed' ? 200 : CLIENT_CLOSED_REQUEST;
    return this.record(attempt, ending.observed, { outcome: ending.kind, status, errorCode: null, final: true });
  }

  /** Nothing was used. What was held expires if that cannot be written now. */
  private async release({
    call,
    customer,
    hold,
    credit,
    rateLimits,
    number,
    spoolReservation,
  }: AttemptContext): Promise<void> {
    if (number === 1) rateLimits.release();
    credit.release();
    spoolReservation.release();
    if (!hold) return;
    try {
      await this.usageRecorder.release(hold, causeOf(call, customer));
    } catch (error) {
      if (!(error instanceof RingsideError)) throw error;
    }
  }

  private fail(
    attempt: AttemptContext,
    { observed, error, isFinal }: AttemptEnding & { readonly kind: 'failed' },
  ): Promise<EndedAttempt> {
    const failure = failureOf(error);
    const isNothing = cameToNothing(observed, failure);
    // A caller whose request the provider refused is told so with a 4xx, and refusals take nothing from rate limits.
    if (isFinal && isNothing && failure.status < 500 && attempt.number === 1) attempt.rateLimits.release();
    const counted = isNothing ? { ...observed, usage: NOTHING_USED.usage } : observed;
    return this.record(attempt, counted, {
      outcome: 'failed',
      status: failure.status,
      errorCode: failure.code,
      final: isFinal,
    });
  }

  private async record(
    attempt: AttemptContext,
    observed: ObservedUsage,
    ending: RecordedEnding,
  ): Promise<EndedAttempt> {
    const { call, customer, personal, hold, credit, rateLimits, spoolReservation } = attempt;
    const used = observed.usage?.tokens ?? (await this.estimate(attempt, observed));
    const tokens = attempt.tokensBefore + used.input + used.output;
    if (ending.final) rateLimits.commit(tokens);
    const usage = { ...this.priced(attempt, observed, used, ending), ...ending };
    const transaction = hold && hold.walletNanoUsd !== null ? this.ids.next('txn') : undefined;
    const measured = { cause: causeOf(call, customer), usage, personal, hold, transaction };
    try {
      return { recorded: await this.usageRecorder.record(call.caller.account, customer, measured), tokens };
    } finally {
      // Also when it could not be recorded yet: it was used.
      credit.commit(usage.creditNanoUsd);
      spoolReservation.release();
    }
  }

  private priced(
    context: AttemptContext,
    observed: ObservedUsage,
    tokens: TokenUsage,
    { outcome, final }: RecordedEnding,
  ): Omit<MeasuredUsage['usage'], keyof RecordedEnding> {
    const { call, target, billable, number } = context;
    const quote = this.quoteOf(context, observed);
    const price = appliedPrice(context, observed, quote, tokens);
    const stated = quote.price?.isCustom ? undefined : observed.usage?.statedCostNanoUsd;
    const told = { tokens, billedTokens: observed.usage?.billed ?? null, statedCostNanoUsd: stated ?? null };
    // What limited money pays for is never nothing: a cost that nobody knows is the most that was set aside for it.
    const known = billedCost(told, price);
    const cost = known ?? context.mostNanoUsd;
    const isAtMost = known === undefined && cost !== undefined;
    const billed = isAtMost ? { ...told, statedCostNanoUsd: cost.toString() } : told;
    const flags: UsageFlag[] = [...(observed.flags ?? [])];
    if (observed.usage === undefined || isAtMost) flags.push('estimated');
    if (cost === undefined) flags.push('unpriced');
    if (target.provider === 'sandbox') flags.push('sandbox');
    const latencyMs = this.clock.elapsedMs() - call.arrivedAtMs;
    return {
      endpoint: call.endpoint,
      provider: target.provider,
      refAsked: modelNamed(call.body.model),
      refUsed: refOf(context),
      // A provider's word: its length is not to be the book's.
      upstreamModel: observed.upstreamModel?.slice(0, LIMITS.modelNameLength) ?? null,
      stream: call.body.stream === true,
      attempt: number,
      ...billed,
      priceBook: quote.version,
      price,
      costNanoUsd: cost === undefined ? null : cost.toString(),
      // Whoever got no answer is not charged for one, and nobody twice for attempts at the same.
      billableNanoUsd: billable === undefined ? null : outcome === 'failed' || !final ? '0' : billable.toString(),
      creditNanoUsd: cost === undefined ? null : creditOf(context, cost),
      flags,
      latencyMs: tenths(latencyMs),
      overheadMs: tenths(context.overheadMs ?? latencyMs - context.use.upstreamMs),
    };
  }

  /**
   * A call is billed at the price it was admitted at; a model without one may answer under a name that has one. A
   * deployment's name says little of its model: there the model that the answer names decides, also where that has no
   * price, unless the operator has set one for the deployment.
   */
  private quoteOf({ quote, target }: AttemptContext, { upstreamModel }: ObservedUsage): Quote {
    const isSure = quote.price && (!target.isDeployment || quote.price.isCustom);
    if (isSure || upstreamModel === null) return quote;
    const otherwise = target.isDeployment ? { ...quote, price: undefined } : quote;
    if (upstreamModel.length > LIMITS.modelNameLength) return otherwise;
    try {
      const answered = this.prices.quote(target.provider, upstreamModel, this.clock.nowMs());
      return answered.price ? answered : otherwise;
    } catch {
      // The name is the provider's, and a record must not fail for it.
      return otherwise;
    }
  }

  /**
   * What an attempt used that nobody reported in full. A count made here may be a little high; the bounds that money
   * was set aside for are certain, so it stays within them. What cannot be counted is the bound, or what its bytes can
   * come to at most.
   */
  private async estimate(context: AttemptContext, observed: ObservedUsage): Promise<TokenUsage> {
    const { prompt, outputText, outputBytesBeyond = 0 } = observed;
    const [read, counted] = await Promise.all([
      prompt ?? this.promptRead(context, observed),
      this.tokens.count(outputText, context.call.caller.account),
    ]);
    const written =
      counted === undefined
        ? Buffer.byteLength(outputText) + outputBytesBeyond
        : counted + Math.ceil(outputBytesBeyond / BYTES_PER_TOKEN);
    return { ...read, output: Math.min(written, context.bound?.outputTokens ?? Infinity) };
  }

  private async promptRead({ call, bound }: AttemptContext, { inputText }: ObservedUsage): Promise<TokenUsage> {
    const { text, otherTokens } = inputText === undefined ? promptText(call) : { text: inputText, otherTokens: 0 };
    const counted = await this.tokens.count(text, call.caller.account);
    const { inputTokens } = bound ?? {};
    const read = counted === undefined ? (inputTokens ?? Buffer.byteLength(text) + otherTokens) : counted + otherTokens;
    return { ...NO_TOKENS, input: Math.min(read, inputTokens ?? Infinity) };
  }
}

/**
 * What a call is billed at; nothing where no price is known for what was used, at the terms that served it. A price
 * that the operator has set counts whatever the answer says.
 */
function appliedPrice(
  { call, target }: AttemptContext,
  { usage, isUnlisted }: ObservedUsage,
  { price }: Quote,
  { input }: TokenUsage,
): AppliedPrice {
  if (!price) return {};
  if (price.isCustom) return applyTiers(price, input);
  const { searches = 0 } = usage ?? {};
  const isBilledBeside = searches > 0 || target.sizes.unboundedFee !== undefined || asksForFee(call);
  const isKnown =
    !isUnlisted && !usage?.isUnlisted && !price.isPartial && (!isBilledBeside || hasFees(price, searches));
  return isKnown ? applyTiers(price, input, searches) : {};
}

/**
 * The model as it was asked for; of a cascade, which is an array, all of them. References hold no comma and no space.
 */
function modelNamed(model: unknown): string {
  return (Array.isArray(model) ? model : [model]).filter((one) => typeof one === 'string').join();
}

/** How an attempt ended, as it stands in the record. */
type RecordedEnding = Pick<MeasuredUsage['usage'], 'outcome' | 'status' | 'errorCode' | 'final'>;

function failureOf(error: unknown): RingsideError {
  return error instanceof RingsideError ? error : new RingsideError('internal_error', '');
}

/**
 * Whether a failed attempt gave nothing that could be charged for, and does not say that it has used something. An
 * answer of the wrong form was an answer, even an empty one.
 */
function cameToNothing({ usage, outputText, inputText }: ObservedUsage, { code }: RingsideError): boolean {
  return (
    usage === undefined && outputText === '' && inputText === undefined && code !== 'response_schema_validation_failed'
  );
}

/**
 * What the platform's key has paid for is drawn from the account's credit; what needs no key costs the platform
 * nothing.
 */
function creditOf({ call, target }: AttemptContext, cost: NanoUsd): NanoUsdText | null {
  return target.paidBy === 'platform' ? withMarkUp(cost, call.caller.tier).toString() : null;
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
