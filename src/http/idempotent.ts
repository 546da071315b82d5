import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { RingsideError } from '../domain/errors.js';
import { Once, type Keyed } from '../gateway/once.js';
import { asRingsideError } from './error-envelope.js';

/** Whose keys they are on routes that belong to no account. */
const OPERATOR = 'operator';

const CUSTOMER_OF = 'ringside:idempotent';

/** Whose data an answer holds: a customer's id, or null for nobody's. */
// Each route knows what its own answers are.
// oxlint-disable-next-line typescript/no-explicit-any
type CustomerOf = (answer: any) => string | null;

/** The request's `Idempotency-Key` and what it stands for; undefined for a request without one. */
export function keyedOf(request: FastifyRequest): Keyed | undefined {
  if (request.headers['idempotency-key'] === undefined) return undefined;
  return {
    keyValues: request.raw.headersDistinct['idempotency-key'] ?? [],
    method: request.method,
    path: request.url.split('?', 1)[0]!,
    shown: (thrown) => asRingsideError(thrown, request),
  };
}

/** Requests whose keys are used, whatever becomes of their answers. */
const changed = new WeakSet<FastifyRequest>();

/**
 * Awaits what a keyed request changes in the book. Once that has happened, or when nobody knows whether it has, the request must not
 * run again although its answer may fail: a wallet would be topped up twice.
 */
export async function changing<Result>(request: FastifyRequest, change: Promise<Result>): Promise<Result> {
  try {
    const result = await change;
    changed.add(request);
    return result;
  } catch (error) {
    const refused = error instanceof RingsideError && error.code !== 'ledger_unavailable';
    if (!refused) changed.add(request);
    throw error;
  }
}

/**
 * Makes a POST route of the control plane heed `Idempotency-Key`. The route gives its answer as its result, and awaits what it changes
 * by `changing`.
 * @param customerOf under whose key the answer is kept, so that it goes with that customer
 */
export function Idempotent(customerOf: CustomerOf): MethodDecorator {
  return applyDecorators(SetMetadata(CUSTOMER_OF, customerOf), UseInterceptors(IdempotencyInterceptor));
}

@Injectable()
class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly once: Once,
    private readonly reflector: Reflector,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const keyed = keyedOf(request);
    if (!keyed) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const answerHeaders: Record<string, string> = {};
    try {
      const text = await this.once.command({
        ...keyed,
        account: request.caller?.account ?? OPERATOR,
        requestId: request.id,
        body: request.body,
        run: () => lastValueFrom(next.handle()),
        hasChanged: () => changed.has(request),
        customerOf: this.reflector.get<CustomerOf>(CUSTOMER_OF, context.getHandler()),
        answerHeaders,
      });
      reply.type('application/json; charset=utf-8');
      return of(text);
    } finally {
      reply.headers(answerHeaders);
    }
  }
}
