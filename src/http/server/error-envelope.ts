import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RingsideError } from '../../domain/errors.js';

/** Turns whatever was thrown into the one error shape (api.md §10), on every route. */
@Catch()
export class ErrorEnvelope implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent || reply.raw.destroyed) return;
    const error = asRingsideError(thrown, request);
    if (error.code === 'internal_error') logUnexpected(request.id, thrown);
    sendError(reply, error);
  }
}

/** Sends an error answer with the headers that tell clients whether and when to try again. */
export function sendError(reply: FastifyReply, error: RingsideError): void {
  if (error.shouldRetry !== undefined) reply.header('x-should-retry', String(error.shouldRetry));
  if (error.retryAfterMs !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))));
    reply.header('retry-after-ms', String(Math.ceil(error.retryAfterMs)));
  }
  reply.code(error.status).type('application/json; charset=utf-8').send(JSON.stringify(error.toEnvelope()));
}

/**
 * What the framework itself refuses becomes a row of the table by its status; everything unexpected is ours to answer
 * for.
 */
export function asRingsideError(thrown: unknown, request: FastifyRequest): RingsideError {
  if (thrown instanceof RingsideError) return thrown;
  const status =
    thrown instanceof HttpException ? thrown.getStatus() : (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (status === 404 || status === 414) return unknownRoute(request);
  if (status === 413) return tooLarge(request);
  const { code } = (thrown ?? {}) as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('Z_'))
    return new RingsideError('invalid_json', 'the request body does not match its Content-Encoding');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new RingsideError('invalid_json', 'the request body could not be read');
  return new RingsideError('internal_error', 'Ringside failed to handle this request');
}

/** The refusal of a method and path that there is no route for. */
export function unknownRoute({ method, url }: FastifyRequest): RingsideError {
  const path = url.split('?', 1)[0]!.slice(0, 200);
  return new RingsideError('not_found', `there is no ${method} ${path}`);
}

/** The refusal of a body that is larger than its route takes, with the limit and the setting that changes it. */
export function tooLarge({ bodyLimit }: FastifyRequest): RingsideError {
  return new RingsideError(
    'request_too_large',
    `the request body is larger than ${bodyLimit?.said ?? 'this gateway accepts'}`,
  );
}

const logger = new Logger('http');

/** Notes a failure that is ours: where it happened and at which request, never what the caller sent. */
export function logUnexpected(requestId: string, thrown: unknown): void {
  logger.error(
    { requestId, error: thrown instanceof Error ? (thrown.stack ?? thrown.name) : typeof thrown },
    'a request failed',
  );
}
