import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ChatBody, ChatCall } from '../domain/call/call.js';
import type { Exchange } from '../upstream/exchange.js';
import { reinforced } from '../upstream/answer/reinforcement.js';
import { AnswerSchemas, type AnswerSchema } from '../upstream/schemas/answer-schemas.js';
import { Upstream } from '../upstream/calls/upstream.js';
import { CompleteCall } from './complete-call.js';
import type { AnswerFault, InferenceEndpoint } from './endpoint.js';
import type { Outcome } from './outcome.js';

/**
 * `POST /v1/chat/completions`. Its result is the call's outcome; the errors in it are those of the policy and
 * `upstream_*`, `invalid_schema`, `response_schema_validation_failed`, `ledger_unavailable`.
 */
export class CompleteChat extends Command<Outcome> {
  constructor(readonly call: ChatCall) {
    super();
  }
}

@CommandHandler(CompleteChat)
export class CompleteChatHandler implements ICommandHandler<CompleteChat> {
  private readonly endpoint: InferenceEndpoint<ChatBody, Exchange, AnswerSchema | undefined>;

  constructor(
    private readonly calls: CompleteCall,
    upstream: Upstream,
    schemas: AnswerSchemas,
  ) {
    this.endpoint = {
      prepare: ({ body, caller }) => (body['response_format'] ? schemas.of(body, caller.account) : undefined),
      send: (attempt, schema) => upstream.chat({ ...attempt, schema }),
      faultOf,
      read: (exchange) =>
        exchange.kind === 'stream' ? exchange : { kind: 'whole', observed: exchange, body: () => exchange.body },
    };
  }

  execute({ call }: CompleteChat): Promise<Outcome> {
    return this.calls.run(call, this.endpoint);
  }
}

/**
 * A whole answer that does not keep the schema. A stream finds that out by itself, when it is too late for another
 * attempt.
 */
function faultOf(exchange: Exchange, body: ChatBody): AnswerFault<ChatBody> | undefined {
  if (exchange.kind === 'stream' || !exchange.mismatch) return undefined;
  const { error, text, isCorrectable } = exchange.mismatch;
  return { error, observed: exchange, corrected: isCorrectable ? reinforced(body, text, error.message) : undefined };
}
