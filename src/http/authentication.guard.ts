import { hash } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller.js';
import { RingsideError } from '../domain/errors.js';
import { IdentifyCaller } from '../views/queries/identify-caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the AuthenticationGuard. */
    caller: Caller | undefined;
  }
}

/** Lets in who sends a server key: `Authorization: Bearer ko_…`. The key itself is hashed at once and goes no further. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(private readonly queries: QueryBus) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = /^Bearer +(ko_\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    request.caller = key === undefined ? undefined : await this.queries.execute(new IdentifyCaller(hash('sha256', key, 'hex')));
    if (request.caller) return true;
    throw new RingsideError(
      'invalid_api_key',
      key === undefined ? 'send your API key as "Authorization: Bearer ko_…"' : 'this API key is not valid',
    );
  }
}

/** The caller of a request behind the guard. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error('this route is not behind the AuthenticationGuard');
  return request.caller;
}
