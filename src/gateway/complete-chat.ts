import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Call } from '../domain/call.js';
import { RingsideError } from '../domain/errors.js';
import type { WalletDebit } from '../domain/events/usage-recorded.js';
import { directRef } from '../domain/model-ref.js';
import { formatUsd, nanoUsd } from '../domain/money.js';
import { Meter, NOTHING_SEEN, type Metered } from '../meter/meter.js';
import { meteredStream } from '../meter/metered-stream.js';
import { AdmissionDesk, type Admission } from '../policy/admission.js';
import type { Exchange } from '../upstream/exchange.js';
import { Upstream } from '../upstream/upstream.js';

/** A chat completion for the caller: a whole body, or SSE bytes as they come. The reference that served is beside it. */
export type ChatAnswer = { readonly refUsed: string } & (
  { readonly kind: 'json'; readonly body: Buffer } | { readonly kind: 'stream'; readonly bytes: AsyncIterable<Buffer> }
);

/**
 * `POST /v1/chat/completions`: policy admits, upstream answers, the meter writes it in the book; only then the caller
 * has the whole answer. Errors: those of the policy and `upstream_*`, `ledger_unavailable`.
 */
export class CompleteChat extends Command<ChatAnswer> {
  constructor(readonly call: Call) {
    super();
  }
}

@CommandHandler(CompleteChat)
export class CompleteChatHandler implements ICommandHandler<CompleteChat> {
  constructor(
    private readonly admissions: AdmissionDesk,
    private readonly upstream: Upstream,
    private readonly meter: Meter,
  ) {}

  async execute({ call }: CompleteChat): Promise<ChatAnswer> {
    const admission = await this.admissions.admit(call);
    const metered = meteredOf(call, admission);
    const exchange = await this.exchange(metered, admission);
    const refUsed = directRef(admission.target.provider, admission.target.model);
    if (exchange.kind === 'stream') return { kind: 'stream', refUsed, bytes: meteredStream(this.meter, metered, exchange) };
    // What waits in the spool is accounted for, so the answer is given; what it leaves of a wallet shows when it is booked.
    const recorded = await this.meter.completed(metered, exchange);
    if (recorded?.data.wallet) Object.assign(call.answerHeaders, walletHeaders(recorded.data.wallet));
    return { kind: 'json', refUsed, body: exchange.body };
  }

  private async exchange(metered: Metered, { target, userHash, bound }: Admission): Promise<Exchange> {
    const { call } = metered;
    let sent = false;
    try {
      // Whoever leaves before anything was sent has used nothing.
      call.signal.throwIfAborted();
      sent = true;
      return await this.upstream.chat({ ...target, userHash, outputLimit: bound?.outputLimit, ...call });
    } catch (error) {
      if (!sent) await this.meter.unsent(metered);
      else if (call.signal.aborted) await this.meter.aborted(metered, NOTHING_SEEN);
      else if (isOurRefusal(error)) await this.meter.unsent(metered);
      else await this.meter.failed(metered, NOTHING_SEEN, error);
      throw error;
    }
  }
}

function meteredOf(call: Call, { attribution: { billable, personal }, userHash: _userHash, ...admitted }: Admission): Metered {
  return { call, billable, personal, ...admitted };
}

/** An error of the table that is not the provider's means that the request could not be made, and was not sent. */
function isOurRefusal(error: unknown): boolean {
  return error instanceof RingsideError && !error.isFromUpstream;
}

function walletHeaders({ balanceNanoUsd, debitNanoUsd }: WalletDebit): Record<string, string> {
  return {
    'x-ringside-wallet-balance': formatUsd(nanoUsd(balanceNanoUsd)),
    'x-ringside-wallet-deducted': formatUsd(nanoUsd(debitNanoUsd)),
  };
}
