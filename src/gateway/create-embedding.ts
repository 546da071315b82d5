import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Call } from '../domain/call/call.js';
import type { EmbeddingsBody } from '../domain/call/embeddings-body.js';
import type {
  EmbeddingsExchange,
  EmbeddingsProgress,
  WholeEmbeddings,
} from '../upstream/embeddings/embeddings-wire.js';
import { Upstream } from '../upstream/calls/upstream.js';
import { CompleteCall } from './complete-call.js';
import type { InferenceEndpoint } from './endpoint.js';
import type { Outcome } from './outcome.js';

/**
 * `POST /v1/embeddings`. A provider may need several requests for the vectors: what an attempt got before it failed is
 * recorded with it, and not asked for again. The errors in its outcome are those of the policy and `upstream_*`,
 * `ledger_unavailable`.
 */
export class CreateEmbedding extends Command<Outcome> {
  constructor(readonly call: Call<EmbeddingsBody>) {
    super();
  }
}

@CommandHandler(CreateEmbedding)
export class CreateEmbeddingHandler implements ICommandHandler<CreateEmbedding> {
  private readonly endpoint: InferenceEndpoint<EmbeddingsBody, EmbeddingsExchange, EmbeddingsProgress>;

  constructor(
    private readonly calls: CompleteCall,
    upstream: Upstream,
  ) {
    this.endpoint = {
      prepare: () => new Map(),
      send: (attempt, progress) => upstream.embed({ ...attempt, progress }),
      // An attempt that got some of the vectors. The same request is the one to try again.
      faultOf: (answer) =>
        answer.kind === 'interrupted' ? { error: answer.error, observed: answer, corrected: undefined } : undefined,
      read: (answer) => ({ kind: 'whole', observed: answer, body: (answer as WholeEmbeddings).body }),
    };
  }

  execute({ call }: CreateEmbedding): Promise<Outcome> {
    return this.calls.run(call, this.endpoint);
  }
}
