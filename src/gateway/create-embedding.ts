import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Call } from '../domain/call/call.js';
import type { EmbeddingsBody } from '../domain/call/embeddings-body.js';
import { Meter } from '../meter/meter.js';
import type { EmbeddingsExchange, EmbeddingsProgress, WholeEmbeddings } from '../upstream/embeddings/embeddings-wire.js';
import { Upstream } from '../upstream/upstream.js';
import { Attempts, type Attempt, type Fault } from './attempts.js';
import { wholeAnswer, type InferenceAnswer } from './inference-answer.js';

/**
 * `POST /v1/embeddings`: as a chat call, but its answer is vectors. A provider may need several requests for them: what an attempt got
 * before it failed is recorded with it, and not asked for again. Errors: those of the policy and `upstream_*`, `ledger_unavailable`.
 */
export class CreateEmbedding extends Command<InferenceAnswer> {
  constructor(readonly call: Call<EmbeddingsBody>) {
    super();
  }
}

@CommandHandler(CreateEmbedding)
export class CreateEmbeddingHandler implements ICommandHandler<CreateEmbedding> {
  constructor(
    private readonly attempts: Attempts,
    private readonly upstream: Upstream,
    private readonly meter: Meter,
  ) {}

  async execute({ call }: CreateEmbedding): Promise<InferenceAnswer> {
    const progress: EmbeddingsProgress = new Map();
    const { answer, context, refUsed } = await this.attempts.run<EmbeddingsBody, EmbeddingsExchange>(call, {
      send: (attempt) => this.send(attempt, progress),
      faultOf: interruption,
    });
    return wholeAnswer(this.meter, { context, refUsed }, answer, () => (answer as WholeEmbeddings).body(context.used.tokens));
  }

  private send({ call, target, userHash }: Attempt<EmbeddingsBody>, progress: EmbeddingsProgress): Promise<EmbeddingsExchange> {
    const { body, caller, requestId, signal, waited } = call;
    return this.upstream.embed({ ...target, account: caller.account, userHash, body, progress, requestId, signal, waited });
  }
}

/** An attempt that got some of the vectors. The same request is the one to try again. */
function interruption(answer: EmbeddingsExchange): Fault<EmbeddingsBody> | undefined {
  return answer.kind === 'interrupted' ? { error: answer.error, observed: answer, corrected: undefined } : undefined;
}
