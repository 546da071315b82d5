import { Module } from '@nestjs/common';
import { CompleteCall } from './complete-call.js';
import { CompleteChatHandler } from './complete-chat.js';
import { CreateEmbeddingHandler } from './create-embedding.js';
import { IdempotentRequests } from './idempotent-requests.js';
import { ModerateHandler } from './moderate.js';

/** The calls. It needs all that a call passes: idempotency, policy, upstream, meter. */
@Module({
  providers: [CompleteChatHandler, CreateEmbeddingHandler, ModerateHandler, CompleteCall, IdempotentRequests],
  exports: [IdempotentRequests],
})
export class GatewayModule {}
