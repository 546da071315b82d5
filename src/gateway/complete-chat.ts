import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ChatBody, ChatCall } from '../domain/call/call.js';
import { Meter } from '../meter/meter.js';
import { meteredStream } from '../meter/metered-stream.js';
import type { Exchange } from '../upstream/exchange.js';
import { reinforced } from '../upstream/reinforcement.js';
import { AnswerSchemas, type AnswerSchema } from '../upstream/schemas/answer-schemas.js';
import { Upstream } from '../upstream/upstream.js';
import { Attempts, type Attempt, type Fault } from './attempts.js';
import { wholeAnswer, type InferenceAnswer } from './inference-answer.js';

/**
 * `POST /v1/chat/completions`: policy admits, upstream answers, the meter writes it in the book; only then the caller
 * has the whole answer. Errors: those of the policy and `upstream_*`, `invalid_schema`, `response_schema_validation_failed`,
 * `ledger_unavailable`.
 */
export class CompleteChat extends Command<InferenceAnswer> {
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

  async execute({ call }: CompleteChat): Promise<InferenceAnswer> {
    const schema = await this.schemas.of(call.body, call.caller.account);
    const { answer, context, refUsed } = await this.attempts.run(call, {
      send: (attempt) => this.send(attempt, schema),
      faultOf,
    });
    if (answer.kind === 'stream') return { kind: 'stream', refUsed, bytes: meteredStream(this.meter, context, answer) };
    return wholeAnswer(this.meter, { context, refUsed }, answer, () => answer.body);
  }

  private send({ call, target, userHash, outputLimit, isBounded }: Attempt<ChatBody>, schema: AnswerSchema | undefined): Promise<Exchange> {
    const { body, caller, requestId, signal, waited } = call;
    const { account } = caller;
    return this.upstream.chat({ ...target, account, userHash, outputLimit, isBounded, schema, body, requestId, signal, waited });
  }
}

/** A whole answer that does not keep the schema. A stream finds that out by itself, when it is too late for another attempt. */
function faultOf(exchange: Exchange, body: ChatBody): Fault<ChatBody> | undefined {
  if (exchange.kind === 'stream' || !exchange.mismatch) return undefined;
  const { error, text, isCorrectable } = exchange.mismatch;
  return { error, observed: exchange, corrected: isCorrectable ? reinforced(body, text, error.message) : undefined };
}
