import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ChatBody, ChatCall } from '../domain/call.js';
import type { WalletDebit } from '../domain/events/usage-recorded.js';
import { formatUsd, nanoUsd } from '../domain/money.js';
import { Meter } from '../meter/meter.js';
import { meteredStream } from '../meter/metered-stream.js';
import { AnswerSchemas, type AnswerSchema } from '../upstream/answer-schemas.js';
import type { Exchange } from '../upstream/exchange.js';
import { reinforced } from '../upstream/reinforcement.js';
import { Upstream } from '../upstream/upstream.js';
import { Attempts, type Attempt, type Fault } from './attempts.js';

/** A chat completion for the caller: a whole body, or SSE bytes as they come. The reference that served is beside it. */
export type ChatAnswer = { readonly refUsed: string } & (
  { readonly kind: 'json'; readonly body: Buffer } | { readonly kind: 'stream'; readonly bytes: AsyncIterable<Buffer> }
);

/**
 * `POST /v1/chat/completions`: policy admits, upstream answers, the meter writes it in the book; only then the caller
 * has the whole answer. Errors: those of the policy and `upstream_*`, `invalid_schema`, `response_schema_validation_failed`,
 * `ledger_unavailable`.
 */
export class CompleteChat extends Command<ChatAnswer> {
  constructor(readonly call: ChatCall) {
    super();
  }
}

@CommandHandler(CompleteChat)
export class CompleteChatHandler implements ICommandHandler<CompleteChat> {
  constructor(
    private readonly attempts: Attempts,
    private readonly upstream: Upstream,
    private readonly schemas: AnswerSchemas,
    private readonly meter: Meter,
  ) {}

  async execute({ call }: CompleteChat): Promise<ChatAnswer> {
    const schema = this.schemas.of(call.body);
    const { answer, metered, refUsed } = await this.attempts.run(call, {
      send: (attempt) => this.send(attempt, schema),
      faultOf: (exchange, body) => faultOf(exchange, body),
    });
    if (answer.kind === 'stream') return { kind: 'stream', refUsed, bytes: meteredStream(this.meter, metered, answer) };
    // What waits in the spool is accounted for, so the answer is given; what it leaves of a wallet shows when it is booked.
    const recorded = await this.meter.completed(metered, answer);
    if (recorded?.data.wallet) Object.assign(call.answerHeaders, walletHeaders(recorded.data.wallet));
    return { kind: 'json', refUsed, body: answer.body };
  }

  private send({ call, target, userHash, outputLimit }: Attempt<ChatBody>, schema: AnswerSchema | undefined): Promise<Exchange> {
    const { body, requestId, signal, waited } = call;
    return this.upstream.chat({ ...target, userHash, outputLimit, schema, body, requestId, signal, waited });
  }
}

/** A whole answer that does not keep the schema. A stream finds that out by itself, when it is too late for another attempt. */
function faultOf(exchange: Exchange, body: ChatBody): Fault<ChatBody> | undefined {
  if (exchange.kind === 'stream' || !exchange.mismatch) return undefined;
  const { error, text, isCorrectable } = exchange.mismatch;
  return { error, seen: exchange, corrected: isCorrectable ? reinforced(body, text, error.message) : undefined };
}

/** What a call left of its customer's wallet, for the headers of a whole answer. */
export function walletHeaders({ balanceNanoUsd, debitNanoUsd }: WalletDebit): Record<string, string> {
  return {
    'x-ringside-wallet-balance': formatUsd(nanoUsd(balanceNanoUsd)),
    'x-ringside-wallet-deducted': formatUsd(nanoUsd(debitNanoUsd)),
  };
}
