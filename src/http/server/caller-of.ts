import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../domain/call/caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose server key came with the request; set at the front door, on routes that want one. */
    caller: Caller | undefined;
  }
}

/** The caller of a request to a route with `RouteAccess('server_key')`. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error('this route does not ask for a server key');
  return request.caller;
}
