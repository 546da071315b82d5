import { Injectable } from '@nestjs/common';
import { CommandBus, type Command } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IdempotentRequests, type RequestKey } from '../../gateway/idempotent-requests.js';
import { asRingsideError } from './error-envelope.js';

/** Whose keys they are on routes that belong to no account. */
const OPERATOR = 'operator';

/** The request's `Idempotency-Key` and what it stands for; undefined for a request without one. */
export function keyedOf(request: FastifyRequest): RequestKey | undefined {
  if (request.headers['idempotency-key'] === undefined) return undefined;
  return {
    keyValues: request.raw.headersDistinct['idempotency-key'] ?? [],
    method: request.method,
    path: request.url.split('?', 1)[0]!,
    shown: (thrown) => asRingsideError(thrown, request),
  };
}

/** What a POST of the control plane does. */
export interface Write<Changed, Answer> {
  /** The command, from what was asked for. It changes nothing, so that a refusal here leaves the key free. */
  readonly command: () => Command<Changed> | Promise<Command<Changed>>;
  /** The answer, read after the change. */
  readonly answer: (changed: Changed) => Promise<Answer>;
  /** The customer under whose key the answer is kept, and with whom it is erased; null if it belongs to no customer. */
  readonly customerOf: (answer: Answer) => string | null;
}

/** Runs the POST routes of the control plane, each once for its `Idempotency-Key`. */
@Injectable()
export class IdempotentWrites {
  constructor(
    private readonly idempotentRequests: IdempotentRequests,
    private readonly commands: CommandBus,
  ) {}

  /**
   * Runs a write, or gives the answer of the request that did. A kept answer is JSON text.
   * @throws RingsideError those of the write; see `Idempotency`
   */
  async run<Changed, Answer>(
    request: FastifyRequest,
    reply: FastifyReply,
    write: Write<Changed, Answer>,
  ): Promise<Answer | string> {
    const keyed = keyedOf(request);
    if (!keyed) return write.answer(await this.commands.execute(await write.command()));
    const outcome = await this.idempotentRequests.command({
      ...keyed,
      account: request.caller?.account ?? OPERATOR,
      requestId: request.id,
      body: request.body,
      prepare: async () => write.command(),
      change: (command) => this.commands.execute(command),
      answer: write.answer,
      customerOf: write.customerOf,
    });
    reply.headers(outcome.headers);
    if (outcome.kind === 'failed') throw outcome.error;
    reply.type('application/json; charset=utf-8');
    return outcome.text;
  }
}
