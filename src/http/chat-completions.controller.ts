import { Controller, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../domain/clock.js';
import { CompleteChat, type ChatAnswer } from '../gateway/complete-chat.js';
import { Once } from '../gateway/once.js';
import { AuthenticationGuard, callerOf } from './authentication.guard.js';
import { chatRequest } from './chat-request.js';
import { Drain } from './drain.js';
import { keyedOf } from './idempotent.js';
import { sendSse } from './sse-out.js';

/** `POST /v1/chat/completions`, answered as JSON or as SSE. */
@Controller('v1/chat/completions')
@UseGuards(AuthenticationGuard)
export class ChatCompletionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly once: Once,
    private readonly drain: Drain,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  async complete(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const leaving = new AbortController();
    this.drain.enter(leaving);
    const keyed = keyedOf(request);
    // A call with a key runs to its end, so that its caller can come back for the answer.
    if (!keyed) reply.raw.once('close', () => reply.raw.writableFinished || leaving.abort());
    const waited = { upstreamMs: 0 };
    const answerHeaders: Record<string, string> = {};
    const overhead = () => (this.clock.elapsedMs() - request.arrivedAtMs - waited.upstreamMs).toFixed(2);
    try {
      const command = new CompleteChat({
        requestId: request.id,
        caller: callerOf(request),
        headers: request.headers,
        body: chatRequest(request.body),
        signal: leaving.signal,
        arrivedAtMs: request.arrivedAtMs,
        waited,
        answerHeaders,
      });
      const run = () => this.commands.execute(command);
      const answer = await (keyed ? this.once.chat(keyed, command.call, run) : run());
      const headers = { ...answerHeaders, 'x-ringside-model-used': answer.refUsed, 'x-ringside-overhead-ms': overhead() };
      await send(reply, answer, headers, leaving.signal);
    } catch (error) {
      reply.headers({ ...answerHeaders, 'x-ringside-overhead-ms': overhead() });
      throw error;
    } finally {
      this.drain.leave(leaving);
    }
  }
}

async function send(reply: FastifyReply, answer: ChatAnswer, headers: Record<string, string>, signal: AbortSignal): Promise<void> {
  if (answer.kind === 'json') {
    reply.headers(headers).type('application/json; charset=utf-8').send(answer.body);
    return;
  }
  reply.hijack();
  await sendSse(reply.raw, { 'x-request-id': reply.request.id, ...headers }, answer.bytes, signal);
}
