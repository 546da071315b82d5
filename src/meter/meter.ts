import { Injectable } from '@nestjs/common';
import type { Call } from '../domain/call.js';
import { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import type { UsageRecorded } from '../domain/events/index.js';
import type { Outcome, UsageFlag, UsagePersonal, UsageRecordedData } from '../domain/events/usage-recorded.js';
import { directRef } from '../domain/model-ref.js';
import type { NanoUsd } from '../domain/money.js';
import { applyTiers, costOf, PriceBook } from '../domain/pricing.js';
import type { Target } from '../domain/target.js';
import { NO_TOKENS, type TokenUsage } from '../domain/tokens.js';
import { eventId } from '../ledger/event-id.js';
import { StatementDesk } from '../ledger/statement-desk.js';
import { promptText } from './prompt-text.js';
import { TokenCounter } from './token-counter.js';

/** What is being measured: a call, where it went and for whom it is booked. */
export interface Metered {
  readonly call: Call;
  readonly target: Target;
  readonly customer: string;
  readonly billable: NanoUsd | undefined;
  readonly personal: UsagePersonal | undefined;
}

/** What was seen of an answer: the provider's token counts if it gave any, else the text to count. */
export interface Seen {
  readonly usage: TokenUsage | undefined;
  readonly outputText: string;
  readonly upstreamModel: string | null;
}

export const NOTHING_SEEN: Seen = { usage: undefined, outputText: '', upstreamModel: null };

/** The status noted for a call whose caller left; it was never sent. */
const CLIENT_CLOSED_REQUEST = 499;

/** Prices what a call used and writes it in the book, once for each way a call can end. Every method resolves when the record is durable. */
@Injectable()
export class Meter {
  constructor(
    private readonly desk: StatementDesk,
    private readonly prices: PriceBook,
    private readonly tokens: TokenCounter,
    private readonly clock: Clock,
  ) {}

  /** The provider gave its whole answer. */
  completed(metered: Metered, seen: Seen): Promise<void> {
    return this.record(metered, seen, { outcome: 'completed', status: 200, errorCode: null });
  }

  /** The caller left; what was generated until then is counted, and the prompt, which the provider had read. */
  aborted(metered: Metered, seen: Seen): Promise<void> {
    return this.record(metered, seen, { outcome: 'aborted', status: CLIENT_CLOSED_REQUEST, errorCode: null });
  }

  /** The upstream failed. Before any output that costs nothing; after it, what was seen is counted. */
  failed(metered: Metered, seen: Seen, error: unknown): Promise<void> {
    const { status, code } = error instanceof RingsideError ? error : new RingsideError('internal_error', '');
    const nothingCame = seen.outputText === '';
    return this.record(metered, nothingCame ? { ...seen, usage: NO_TOKENS } : seen, { outcome: 'failed', status, errorCode: code });
  }

  private async record(
    metered: Metered,
    seen: Seen,
    ending: { outcome: Outcome; status: number; errorCode: string | null },
  ): Promise<void> {
    const { call, customer } = metered;
    const tokens = seen.usage ?? (await this.estimate(call, seen.outputText));
    const data = { ...this.priced(metered, seen, tokens), ...ending };
    await this.desk.decide(call.caller.account, customer, (_, occurredAt): [UsageRecorded] => [
      {
        type: 'UsageRecorded',
        id: eventId(call.requestId, 'usage-1'),
        account: call.caller.account,
        customer,
        requestId: call.requestId,
        actor: `key:${call.caller.keyId}`,
        occurredAt,
        data,
        personal: metered.personal,
      },
    ]);
  }

  private priced(
    { call, target, billable }: Metered,
    seen: Seen,
    tokens: TokenUsage,
  ): Omit<UsageRecordedData, 'outcome' | 'status' | 'errorCode'> {
    const nowMs = this.clock.nowMs();
    const listed =
      this.prices.priceOf(target.provider, target.model, nowMs) ??
      (seen.upstreamModel === null ? undefined : this.prices.priceOf(target.provider, seen.upstreamModel, nowMs));
    const price = listed ? applyTiers(listed, tokens.input) : {};
    const cost = costOf(tokens, price);
    const flags: UsageFlag[] = [];
    if (seen.usage === undefined) flags.push('estimated');
    if (cost === undefined) flags.push('unpriced');
    if (target.provider === 'sandbox') flags.push('sandbox');
    const latencyMs = this.clock.elapsedMs() - call.arrivedAtMs;
    return {
      endpoint: 'chat.completions',
      provider: target.provider,
      refAsked: String(call.body.model),
      refUsed: directRef(target.provider, target.model),
      upstreamModel: seen.upstreamModel,
      stream: call.body.stream === true,
      attempt: 1,
      tokens,
      priceBook: this.prices.version,
      price,
      costNanoUsd: cost === undefined ? null : cost.toString(),
      billableNanoUsd: billable === undefined ? null : billable.toString(),
      flags,
      latencyMs: tenths(latencyMs),
      overheadMs: tenths(latencyMs - call.waited.upstreamMs),
    };
  }

  private async estimate({ body }: Call, outputText: string): Promise<TokenUsage> {
    const { text, framingTokens } = promptText(body);
    const [input, output] = await Promise.all([this.tokens.count(text), this.tokens.count(outputText)]);
    return { ...NO_TOKENS, input: input + framingTokens, output };
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
