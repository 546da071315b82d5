import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../../config/config.js';
import type { Call, Endpoint, InferenceBody } from '../../domain/call/call.js';
import { Clock } from '../../domain/clock.js';
import type { InferenceAnswer } from '../../gateway/inference-answer.js';
import { IdempotentRequests } from '../../gateway/idempotent-requests.js';
import { callerOf } from '../server/caller-of.js';
import { Drain } from '../server/drain.js';
import { keyedOf } from '../server/idempotent-writes.js';
import { giveUpWhenIdle, sendSse } from './sse-out.js';

/** How a route makes a call of a request and has it answered. */
export interface InferenceRoute<Body extends InferenceBody> {
  readonly endpoint: Endpoint;
  /** Checks the body of a request. */
  readonly bodyOf: (body: unknown) => Body;
  readonly run: (call: Call<Body>) => Promise<InferenceAnswer>;
}

/** What all inference routes do, from the arrival of a request to the end of its answer. */
@Injectable()
export class Inference {
  constructor(
    private readonly idempotentRequests: IdempotentRequests,
    private readonly drain: Drain,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Answers a request, as JSON or as SSE. Errors: those of the route; the headers for the caller are set then. */
  async answer<Body extends InferenceBody>(request: FastifyRequest, reply: FastifyReply, route: InferenceRoute<Body>): Promise<void> {
    const leaving = new AbortController();
    this.drain.enter(leaving);
    const keyed = keyedOf(request);
    // A call with a key runs to its end, so that its caller can come back for the answer.
    if (!keyed) reply.raw.once('close', () => reply.raw.writableFinished || leaving.abort());
    const waited = { upstreamMs: 0 };
    const answerHeaders: Record<string, string> = {};
    const overhead = () => (this.clock.elapsedMs() - request.arrivedAtMs - waited.upstreamMs).toFixed(2);
    try {
      const call: Call<Body> = {
        endpoint: route.endpoint,
        requestId: request.id,
        caller: callerOf(request),
        headers: request.headers,
        body: route.bodyOf(request.body),
        signal: leaving.signal,
        arrivedAtMs: request.arrivedAtMs,
        waited,
        answerHeaders,
      };
      const run = () => route.run(call);
      const answer = await (keyed ? this.idempotentRequests.inference(keyed, call, run) : run());
      const headers = { ...answerHeaders, 'x-ringside-model-used': answer.refUsed, 'x-ringside-overhead-ms': overhead() };
      await send(reply, answer, headers, leaving.signal, this.config.callerIdleTimeoutMs);
    } catch (error) {
      reply.headers({ ...answerHeaders, 'x-ringside-overhead-ms': overhead() });
      throw error;
    } finally {
      this.drain.leave(leaving);
    }
  }
}

async function send(
  reply: FastifyReply,
  answer: InferenceAnswer,
  headers: Record<string, string>,
  signal: AbortSignal,
  idleMs: number,
): Promise<void> {
  if (answer.kind === 'json') {
    giveUpWhenIdle(reply.raw, idleMs);
    reply.headers(headers).type('application/json; charset=utf-8').send(answer.body);
    return;
  }
  reply.hijack();
  await sendSse(reply.raw, { 'x-request-id': reply.request.id, ...headers }, answer.bytes, signal, idleMs);
}
