import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus, type Command } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../../config/config.js';
import type { Call, Endpoint, InferenceBody } from '../../domain/call/call.js';
import { Clock } from '../../domain/clock.js';
import { CompleteChat } from '../../gateway/complete-chat.js';
import { CreateEmbedding } from '../../gateway/create-embedding.js';
import { IdempotentRequests } from '../../gateway/idempotent-requests.js';
import { Moderate } from '../../gateway/moderate.js';
import type { InferenceAnswer, Outcome } from '../../gateway/outcome.js';
import { callerOf } from '../server/caller-of.js';
import { Drain } from '../server/drain.js';
import { keyedOf } from '../server/idempotent-writes.js';
import { RouteAccess } from '../server/route-access.js';
import { whenClosed } from '../server/when-closed.js';
import { chatRequest } from './chat-request.js';
import { embeddingRequest } from './embedding-request.js';
import { moderationRequest } from './moderation-request.js';
import { giveUpWhenIdle, sendSse } from './sse-out.js';

/** What an inference route does with a request. */
interface InferenceRoute<Body extends InferenceBody> {
  readonly endpoint: Endpoint;
  /** Checks the body of a request. */
  readonly bodyOf: (body: unknown) => Body;
  readonly commandOf: (call: Call<Body>) => Command<Outcome>;
}

const CHAT = route({ endpoint: 'chat.completions', bodyOf: chatRequest, commandOf: (call) => new CompleteChat(call) });
const EMBEDDINGS = route({
  endpoint: 'embeddings',
  bodyOf: embeddingRequest,
  commandOf: (call) => new CreateEmbedding(call),
});
const MODERATIONS = route({
  endpoint: 'moderations',
  bodyOf: moderationRequest,
  commandOf: (call) => new Moderate(call),
});

/** `POST /v1/chat/completions`, answered as JSON or as SSE, `POST /v1/embeddings` and `POST /v1/moderations`. */
@Controller('v1')
@RouteAccess('server_key', 'inference')
export class InferenceController {
  constructor(
    private readonly commands: CommandBus,
    private readonly idempotentRequests: IdempotentRequests,
    private readonly drain: Drain,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  @Post('chat/completions')
  @HttpCode(200)
  complete(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer(request, reply, CHAT);
  }

  @Post('embeddings')
  @HttpCode(200)
  embed(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer(request, reply, EMBEDDINGS);
  }

  @Post('moderations')
  @HttpCode(200)
  moderate(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer(request, reply, MODERATIONS);
  }

  /**
   * From the arrival of a request to the end of its answer.
   * @throws RingsideError those of the call; the headers for the caller are set then
   */
  private async answer<Body extends InferenceBody>(
    request: FastifyRequest,
    reply: FastifyReply,
    to: InferenceRoute<Body>,
  ): Promise<void> {
    const leaving = new AbortController();
    this.drain.enter(leaving);
    let upstreamMs = 0;
    const overhead = () => ({
      'x-ringside-overhead-ms': (this.clock.elapsedMs() - request.arrivedAtMs - upstreamMs).toFixed(2),
    });
    try {
      const outcome = await this.outcomeOf(request, reply, to, leaving);
      ({ upstreamMs } = outcome);
      if (outcome.kind === 'answered') {
        return await send(
          reply,
          outcome.answer,
          { ...outcome.headers, ...overhead() },
          leaving.signal,
          this.config.callerIdleTimeoutMs,
        );
      }
      reply.headers(outcome.headers);
      throw outcome.error;
    } catch (error) {
      reply.headers(overhead());
      throw error;
    } finally {
      this.drain.leave(leaving);
    }
  }

  private outcomeOf<Body extends InferenceBody>(
    request: FastifyRequest,
    { raw }: FastifyReply,
    { endpoint, bodyOf, commandOf }: InferenceRoute<Body>,
    leaving: AbortController,
  ): Promise<Outcome> {
    const { id: requestId, headers, arrivedAtMs } = request;
    const keyed = keyedOf(request);
    // A call with a key runs to its end, so that its caller can come back for the answer.
    if (!keyed) whenClosed(raw, () => raw.writableFinished || leaving.abort());
    const body = bodyOf(request.body);
    const call: Call<Body> = {
      endpoint,
      requestId,
      caller: callerOf(request),
      headers,
      body,
      signal: leaving.signal,
      arrivedAtMs,
    };
    const run = () => this.commands.execute(commandOf(call));
    return keyed ? this.idempotentRequests.inference(keyed, call, run) : run();
  }
}

/** Keeps a route's body and command of one type. */
function route<Body extends InferenceBody>(one: InferenceRoute<Body>): InferenceRoute<Body> {
  return one;
}

async function send(
  reply: FastifyReply,
  answer: InferenceAnswer,
  headers: Record<string, string>,
  signal: AbortSignal,
  idleMs: number,
): Promise<void> {
  if (answer.kind === 'json') {
    reply.headers(headers).type('application/json; charset=utf-8').send(answer.body);
    giveUpWhenIdle(reply.raw, idleMs);
    return;
  }
  reply.hijack();
  await sendSse(reply.raw, { 'x-request-id': reply.request.id, ...headers }, answer.bytes, signal, idleMs);
}
