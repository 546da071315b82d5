import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import type { IdSource } from '../domain/ids.js';
import { sendError } from './error-envelope.js';
import { parseJsonBody } from './json-body.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** `Clock.elapsedMs()` when the request's head had been read. */
    arrivedAtMs: number;
  }
}

/** Longest path segment, so that a URL-encoded external id fits. */
const MAX_PATH_SEGMENT = 2048;

/** Their bodies go to a provider as they came. All others are for Ringside alone and keep every digit, since they may hold money. */
const PASSED_ON: ReadonlySet<string> = new Set(['/v1/chat/completions', '/v1/embeddings', '/v1/moderations']);

/** The HTTP server: ids and arrival times on every request, JSON bodies whatever their content type, the error envelope also where no route is reached. */
export function httpServer(config: Config, clock: Clock, ids: IdSource): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: config.bodyLimitBytes,
    genReqId: () => ids.next('req'),
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PATH_SEGMENT },
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-request-id', request.id);
      sendError(reply, new RingsideError('not_found', 'this is not a well-formed URL'));
    },
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.end(malformedHttp(ids.next('req')));
    },
  });
  const server = adapter.getInstance<FastifyInstance>();
  server.decorateRequest('arrivedAtMs', 0);
  server.addHook('onRequest', (request, reply, done) => {
    request.arrivedAtMs = clock.elapsedMs();
    reply.header('x-request-id', request.id);
    done();
  });
  server.removeAllContentTypeParsers();
  adapter.useBodyParser(
    '*',
    false,
    { bodyLimit: config.bodyLimitBytes },
    (request: FastifyRequest, body: Buffer, done: (error: Error | null, body?: unknown) => void) => {
      try {
        done(null, parseJsonBody(body, PASSED_ON.has(request.routeOptions.url ?? '') ? 'doubles' : 'written'));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  return adapter;
}

/** The answer to bytes that are not HTTP; no request exists for them. */
function malformedHttp(requestId: string): string {
  const body = JSON.stringify(
    new RingsideError('invalid_parameter', 'the request is not well-formed HTTP, or its head is too large').toEnvelope(),
  );
  const head = [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'x-should-retry: false',
  ];
  return `${[...head, 'connection: close'].join('\r\n')}\r\n\r\n${body}`;
}
