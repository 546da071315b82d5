import type { Readable } from 'node:stream';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import type { Config } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import type { IdSource } from '../domain/ids.js';
import { asRingsideError, sendError } from './server/error-envelope.js';
import { parseJsonBody } from './server/json-body.js';
import { CHECK_EVERY_MS, Connections, timedOut } from './server/connections.js';
import { announcesBody, unpackBody } from './server/body-encoding.js';
import type { FrontDoor } from './server/front-door.js';
import { BodyMemory } from './server/body-memory.js';
import { ConnectionEndings, lingerAtEnd } from './server/connection-endings.js';
import { networkOf } from './server/network-address.js';
import { RequestTurns } from './server/request-turns.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** `Clock.elapsedMs()` when the request's head had been read. */
    arrivedAtMs: number;
  }
}

/** Longest path segment, so that a URL-encoded external id fits. */
const MAX_PATH_SEGMENT = 2048;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The HTTP server: limits of connections and time, ids and arrival times on every request, JSON bodies whatever their
 * content type, the error envelope also where no route is reached.
 */
export function httpServer(config: Config, clock: Clock, ids: IdSource): FastifyAdapter {
  const { headTimeoutMs, bodyTimeoutMs, keepAliveTimeoutMs } = config.connectionLimits;
  // Node counts this time from the head's first byte on.
  const requestTimeout = headTimeoutMs + bodyTimeoutMs;
  const endings = new ConnectionEndings();
  const adapter = new FastifyAdapter({
    bodyLimit: config.bodyLimitBytes,
    genReqId: () => ids.next('req'),
    return503OnClosing: false,
    schemaController: { compilersFactory: { buildValidator: noRouteHasASchema, buildSerializer: noRouteHasASchema } },
    routerOptions: { maxParamLength: MAX_PATH_SEGMENT, ignoreTrailingSlash: true },
    keepAliveTimeout: keepAliveTimeoutMs,
    requestTimeout,
    // Node would refuse a request without Host by itself, without an envelope.
    http: {
      headersTimeout: headTimeoutMs,
      requestTimeout,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      requireHostHeader: false,
    },
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-request-id', request.id);
      leaveBodyUnread(request, reply);
      sendError(reply, new RingsideError('not_found', 'this is not a well-formed URL'));
    },
    clientErrorHandler: ({ code }, socket) => endings.add(socket, clientError(code), ids.next('req')),
  });
  const server = adapter.getInstance<FastifyInstance>();
  const connections = new Connections(config.connectionLimits, clock, ids, endings);
  connections.watch(server.server);
  for (const event of ['checkContinue', 'checkExpectation'])
    server.server.on(event, (request, response) => server.server.emit('request', request, response));
  server.decorateRequest('arrivedAtMs', 0);
  server.addHook('onRequest', (request, reply, done) => {
    request.arrivedAtMs = clock.elapsedMs();
    reply.header('x-request-id', request.id);
    connections.began(reply.raw, request.arrivedAtMs);
    done();
  });
  readBodies(adapter, config);
  return adapter;
}

/** Fastify asks for a compiler at the first route with a schema. Its own ones would be loaded at every start: ajv, 2 MB. */
function noRouteHasASchema(): never {
  throw new Error('no route has a schema: bodies are checked in http/');
}

/**
 * Puts the front door before all routes: it sees a request's head, and nothing of a body is read before it has let the
 * request in. To be called before there are routes; the start fails at one without `RouteAccess`.
 */
export function guardRoutes(adapter: FastifyAdapter, door: FrontDoor, config: Config): void {
  const server = adapter.getInstance<FastifyInstance>();
  server.decorateRequest('caller', undefined);
  server.decorateRequest('bodyLimit', undefined);
  server.addHook('onRoute', (route) => {
    const { entry } = route.config ?? {};
    if (!entry) throw new Error(`${String(route.method)} ${route.url} does not say by RouteAccess who may ask it`);
    route.bodyLimit = door.bodyLimitBytes(entry);
  });
  const turns = new RequestTurns();
  const bodies = new BodyMemory(config.heldBodyBytes);
  server.server.on('connection', () => turns.noteConnection());
  // Nothing here waits for a caller who is known and whose turn it is.
  server.addHook('onRequest', (request, reply, goOn) => {
    const refuse = (error: unknown) => {
      leaveBodyUnread(request, reply);
      sendError(reply, asRingsideError(error, request));
    };
    const enter = () => {
      bodies.admit(request, reply);
      if (request.method === 'GET' || request.method === 'HEAD') leaveBodyUnread(request, reply);
      else if (request.headers.expect !== undefined) reply.raw.writeContinue();
    };
    const ask = () => {
      const asked = door.admit(request);
      return asked ? asked.then(enter) : enter();
    };
    let entering: undefined | void | Promise<void>;
    try {
      // Who asks whether the gateway is alive waits for nobody.
      const turn = isOpen(request) ? undefined : turns.turnFor(networkOf(request.raw.socket));
      entering = turn ? turn.then(ask) : ask();
    } catch (error) {
      refuse(error);
      return;
    }
    if (entering) void entering.then(() => goOn(), refuse);
    else goOn();
  });
  // Behind the hook that unpacks bodies: what counts is what is held in memory.
  server.addHook('preParsing', (request, reply, body, done) =>
    done(null, bodies.counted(request, reply, body as Readable) as RequestPayload),
  );
}

/** Whether anybody may ask the route. */
function isOpen({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.entry?.access === 'none';
}

/** Bodies of all content types are JSON, packed or not. */
function readBodies(adapter: FastifyAdapter, config: Config): void {
  const server = adapter.getInstance<FastifyInstance>();
  server.addHook('preParsing', unpackBody);
  server.removeAllContentTypeParsers();
  const parse = (_request: FastifyRequest, body: Buffer, done: (error: Error | null, body?: unknown) => void) => {
    try {
      done(null, parseJsonBody(withoutMark(body)));
    } catch (error) {
      done(error as Error);
    }
  };
  // The usual type has an entry of its own: for those without one Fastify takes the header apart each time.
  for (const type of ['application/json', '*'])
    adapter.useBodyParser(type, false, { bodyLimit: config.bodyLimitBytes }, parse);
}

/** A body less the byte-order mark that some editors and Windows put before it. */
function withoutMark(body: Buffer): Buffer {
  return body.subarray(0, 3).equals(BYTE_ORDER_MARK) ? body.subarray(3) : body;
}

/**
 * For an answer that does not wait for the request's body, if there is one: the connection ends with it, and the body
 * is not read.
 */
function leaveBodyUnread(request: FastifyRequest, reply: FastifyReply): void {
  if (!announcesBody(request)) return;
  reply.header('connection', 'close');
  // Somebody has begun to read it, as far as Node knows, so that it does not read the rest to make room for a next
  // request.
  request.raw.read(0);
  lingerAtEnd(request.raw.socket);
}

function clientError(code: string): RingsideError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return timedOut('the request did not arrive', 'RINGSIDE_HEAD_TIMEOUT_MS, RINGSIDE_BODY_TIMEOUT_MS');
  return new RingsideError('invalid_parameter', 'the request is not well-formed HTTP, or its head is too large');
}
