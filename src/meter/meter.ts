import { Injectable } from '@nestjs/common';
import { asksForFee } from '../domain/call/asked-fees.js';
import type { Call } from '../domain/call/call.js';
import { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import type { MeasuredUsage } from '../domain/statement/end-hold.js';
import type { UsageRecorded } from '../domain/events/index.js';
import type { UsageFlag, UsagePersonal } from '../domain/events/usage-recorded.js';
import type { PlacedHold, TokenBound } from '../domain/statement/hold.js';
import { IdSource } from '../domain/ids.js';
import { LIMITS } from '../domain/limits.js';
import { directRef } from '../domain/call/model-ref.js';
import type { NanoUsd, NanoUsdText } from '../domain/money.js';
import { applyTiers, billedCost, hasFees, PriceBook, type AppliedPrice, type Quote } from '../domain/pricing/pricing.js';
import { promptText } from '../domain/call/prompt-text.js';
import type { Target } from '../domain/call/target.js';
import { withMarkUp } from '../domain/pricing/tier.js';
import { NO_TOKENS, type ReportedUsage, type TokenUsage } from '../domain/pricing/tokens.js';
import { causeOf } from '../ledger/usage/call-cause.js';
import { UsageRecorder } from '../ledger/usage/usage-recorder.js';
import type { SpoolReservation } from '../ledger/usage/spool.js';
import { BYTES_PER_TOKEN, TokenCounter } from './token-counter.js';

/** What is being measured: one attempt at a call, where it went and for whom it is booked. */
export interface AttemptContext {
  readonly call: Call;
  readonly target: Target;
  readonly customer: string;
  readonly billable: NanoUsd | undefined;
  readonly personal: UsagePersonal | undefined;
  /** 1 for the call's first attempt. */
  readonly attempt: number;
  /** The price it was admitted at. */
  readonly quote: Quote;
  /** What was held for it, undefined when nothing had to be. */
  readonly hold: PlacedHold | undefined;
  /** What is set aside for it of the account's credit. */
  readonly credit: AttemptCredit;
  /** The most it can come to, undefined when no money limits it. */
  readonly bound: TokenBound | undefined;
  /** The most it can cost within that bound. */
  readonly mostNanoUsd: NanoUsd | undefined;
  /** Kept free for its usage until that is recorded. */
  readonly spoolReservation: SpoolReservation;
  /** What the call took from its rate limits. */
  readonly rateLimits: AttemptRateLimits;
  /** The tokens that all attempts at the call have used so far; grows with each. */
  readonly used: { tokens: number };
}

/** What is set aside for a call of its account's credit until it is over: then what it drew is committed, or all is released. */
export interface AttemptCredit {
  commit(drawn: NanoUsdText | null): void;
  release(): void;
}

/** What a call took from rate limits until it is over: then its tokens are committed, or all is released. */
export interface AttemptRateLimits {
  commit(actualTokens: number): void;
  release(): void;
}

/** What was seen of an answer: the provider's token counts if it gave any, else the text to count. */
export interface ObservedUsage {
  readonly usage: ReportedUsage | undefined;
  readonly outputText: string;
  /** UTF-8 bytes of text beyond `outputText`, where that is not all of it. */
  readonly outputBytesBeyond?: number | undefined;
  readonly upstreamModel: string | null;
  /** It was served on terms that no price list knows; as in `ReportedUsage`, also where nothing is counted. */
  readonly isUnlisted?: boolean | undefined;
  /** The part of the input that the provider worked through, where that is not all of it; a failure behind it costs that much. */
  readonly inputText?: string | undefined;
  /** What else is to be noted of the answer. */
  readonly flags?: readonly UsageFlag[] | undefined;
}

/** Before anything was seen of an answer. */
export const NOTHING_OBSERVED: ObservedUsage = { usage: undefined, outputText: '', upstreamModel: null };

/** The status noted for a call whose caller left; it was never sent. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Prices what a call used and writes it in the book, once for each way a call can end. Every method resolves when the record is durable:
 * with the event, or with undefined when it lies in the spool because the book is out.
 */
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
   * The attempt was refused, or its caller left, before anything was sent: nothing was used. What was held expires if that cannot be
   * written now.
   */
  async unsent({ call, customer, hold, credit, rateLimits: taken, attempt, spoolReservation: reservation }: AttemptContext): Promise<void> {
    if (attempt === 1) taken.release();
    credit.release();
    reservation.release();
    if (!hold) return;
    try {
      await this.usageRecorder.release(call.caller.account, customer, hold, causeOf(call, customer));
    } catch (error) {
      if (!(error instanceof RingsideError)) throw error;
    }
  }

  /** The provider gave its whole answer. */
  completed(context: AttemptContext, observed: ObservedUsage): Promise<UsageRecorded | undefined> {
    return this.record(context, observed, { outcome: 'completed', status: 200, errorCode: null, final: true });
  }

  /** The caller left; what was generated until then is counted, and the prompt, which the provider had read. */
  aborted(context: AttemptContext, observed: ObservedUsage): Promise<UsageRecorded | undefined> {
    return this.record(context, observed, { outcome: 'aborted', status: CLIENT_CLOSED_REQUEST, errorCode: null, final: true });
  }

  /**
   * The attempt failed, and with it the call. Before any output, and where nobody says otherwise, that costs nothing; else what was seen
   * is counted.
   */
  failed(context: AttemptContext, observed: ObservedUsage, error: unknown): Promise<UsageRecorded | undefined> {
    const failure = failureOf(error);
    // A caller whose request the provider refused is told so with a 4xx, and refusals take nothing from rate limits.
    if (cameToNothing(observed, failure) && failure.status < 500 && context.attempt === 1) context.rateLimits.release();
    return this.recordFailure(context, observed, failure, true);
  }

  /** The attempt failed as `failed` says, and another will be made. */
  retried(context: AttemptContext, observed: ObservedUsage, error: unknown): Promise<UsageRecorded | undefined> {
    return this.recordFailure(context, observed, failureOf(error), false);
  }

  /**
   * The call ended between two attempts: the next one was refused, or its caller left. Nothing of it was sent, but the call was,
   * and this is how it ended.
   * @param refusal undefined when the caller left
   */
  ended(context: AttemptContext, refusal: unknown): Promise<UsageRecorded | undefined> {
    const nothing = { ...NOTHING_OBSERVED, usage: { tokens: NO_TOKENS } };
    if (refusal === undefined) return this.aborted(context, nothing);
    return this.recordFailure(context, nothing, failureOf(refusal), true);
  }

  private recordFailure(
    context: AttemptContext,
    observed: ObservedUsage,
    failure: RingsideError,
    final: boolean,
  ): Promise<UsageRecorded | undefined> {
    const counted = cameToNothing(observed, failure) ? { ...observed, usage: { tokens: NO_TOKENS } } : observed;
    return this.record(context, counted, { outcome: 'failed', status: failure.status, errorCode: failure.code, final });
  }

  private async record(context: AttemptContext, observed: ObservedUsage, ending: AttemptEnding): Promise<UsageRecorded | undefined> {
    const { call, customer, personal, hold, used } = context;
    const tokens = observed.usage?.tokens ?? (await this.estimate(context, observed));
    used.tokens += tokens.input + tokens.output;
    if (ending.final) context.rateLimits.commit(used.tokens);
    const usage = { ...this.priced(context, observed, tokens, ending), ...ending };
    const cause = causeOf(call, customer);
    const measured = { cause, usage, personal, hold, transaction: this.ids.next('txn') };
    // Also when it could not be recorded yet: it was used.
    return this.usageRecorder.record(call.caller.account, customer, measured).finally(() => {
      context.credit.commit(usage.creditNanoUsd);
      context.spoolReservation.release();
    });
  }

  private priced(
    context: AttemptContext,
    observed: ObservedUsage,
    tokens: TokenUsage,
    { outcome, final }: AttemptEnding,
  ): Omit<MeasuredUsage['usage'], keyof AttemptEnding> {
    const { call, target, billable, attempt } = context;
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
      refUsed: directRef(target.provider, target.model),
      // A provider's word: its length is not to be the book's.
      upstreamModel: observed.upstreamModel?.slice(0, LIMITS.modelNameLength) ?? null,
      stream: call.body.stream === true,
      attempt,
      ...billed,
      priceBook: quote.version,
      price,
      costNanoUsd: cost === undefined ? null : cost.toString(),
      // Whoever got no answer is not charged for one, and nobody twice for attempts at the same.
      billableNanoUsd: billable === undefined ? null : outcome === 'failed' || !final ? '0' : billable.toString(),
      creditNanoUsd: cost === undefined ? null : creditOf(context, cost),
      flags,
      latencyMs: tenths(latencyMs),
      overheadMs: tenths(latencyMs - call.waited.upstreamMs),
    };
  }

  /**
   * A call is billed at the price it was admitted at; a model without one may answer under a name that has one. A deployment's name says
   * little of its model: there the price of the model that has answered counts before that of the name, but not before one that the
   * operator has set.
   */
  private quoteOf({ quote, target }: AttemptContext, { upstreamModel }: ObservedUsage): Quote {
    const isSure = quote.price && (!target.isDeployment || quote.price.isCustom);
    if (isSure || upstreamModel === null || upstreamModel.length > LIMITS.modelNameLength) return quote;
    try {
      const answered = this.prices.quote(target.provider, upstreamModel, this.clock.nowMs());
      return answered.price ? answered : quote;
    } catch {
      // The name is the provider's, and a record must not fail for it.
      return quote;
    }
  }

  /**
   * What an attempt used that nobody reported. A count made here may be a little high; the bounds that money was set aside for are
   * certain, so it stays within them. What cannot be counted is the bound, or what its bytes can come to at most.
   */
  private async estimate(
    { call, bound }: AttemptContext,
    { inputText, outputText, outputBytesBeyond = 0 }: ObservedUsage,
  ): Promise<TokenUsage> {
    const { account } = call.caller;
    const { text, otherTokens } = inputText === undefined ? promptText(call) : { text: inputText, otherTokens: 0 };
    const [input, output] = await Promise.all([this.tokens.count(text, account), this.tokens.count(outputText, account)]);
    const { inputTokens = Infinity, outputTokens = Infinity } = bound ?? {};
    const read = input === undefined ? (bound?.inputTokens ?? Buffer.byteLength(text) + otherTokens) : input + otherTokens;
    const written =
      output === undefined ? Buffer.byteLength(outputText) + outputBytesBeyond : output + Math.ceil(outputBytesBeyond / BYTES_PER_TOKEN);
    return { ...NO_TOKENS, input: Math.min(read, inputTokens), output: Math.min(written, outputTokens) };
  }
}

/**
 * What a call is billed at; nothing where no price is known for what was used, at the terms that served it. A price that the operator has
 * set counts whatever the answer says.
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
  const isKnown = !isUnlisted && !usage?.isUnlisted && !price.isPartial && (!isBilledBeside || hasFees(price, searches));
  return isKnown ? applyTiers(price, input, searches) : {};
}

/** The model as it was asked for; of a cascade, which is an array, all of them. References hold no comma and no space. */
function modelNamed(model: unknown): string {
  return (Array.isArray(model) ? model : [model]).filter((one) => typeof one === 'string').join();
}

/** How an attempt ended, as it stands in the record. */
type AttemptEnding = Pick<MeasuredUsage['usage'], 'outcome' | 'status' | 'errorCode' | 'final'>;

function failureOf(error: unknown): RingsideError {
  return error instanceof RingsideError ? error : new RingsideError('internal_error', '');
}

/**
 * Whether a failed attempt gave nothing that could be charged for, and does not say that it has used something. An answer of the wrong
 * form was an answer, even an empty one.
 */
function cameToNothing({ usage, outputText, inputText }: ObservedUsage, { code }: RingsideError): boolean {
  return usage === undefined && outputText === '' && inputText === undefined && code !== 'response_schema_validation_failed';
}

/** What the platform's key has paid for is drawn from the account's credit; what needs no key costs the platform nothing. */
function creditOf({ call, target }: AttemptContext, cost: NanoUsd): NanoUsdText | null {
  return target.paidBy === 'platform' ? withMarkUp(cost, call.caller.tier).toString() : null;
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
