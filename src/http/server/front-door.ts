import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '../../config/config.js';
import { RingsideError } from '../../domain/errors.js';
import { Operator } from '../../auth/operator.js';
import { ServerKeys } from '../../auth/server-keys.js';
import { tooLarge, unknownRoute } from './error-envelope.js';
import { announcesBody, requireKnownEncoding } from './body-encoding.js';
import { bodyLimitsOf, type BodyLimit } from './body-limits.js';
import { networkOf } from './network-address.js';
import { refuseRepeatedHeaders } from './repeated-headers.js';
import type { BodyKind, RouteEntry } from './route-access.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request's body may be; set once the request was let in. */
    bodyLimit: BodyLimit | undefined;
  }
}

/**
 * Decides by a request's head whether it comes in, before a byte of its body is read: is it well formed, who sends it,
 * how large is it?
 */
@Injectable()
export class FrontDoor {
  private readonly limits: Readonly<Record<BodyKind, BodyLimit>>;

  constructor(
    config: Config,
    private readonly serverKeys: ServerKeys,
    private readonly operator: Operator,
  ) {
    this.limits = bodyLimitsOf(config);
  }

  /** How large the bodies of a route may be, in bytes. */
  bodyLimitBytes({ body }: RouteEntry): number {
    return this.limits[body].bytes;
  }

  /**
   * @throws RingsideError `invalid_parameter` for its headers, `not_found`, `invalid_api_key`, `rate_limited`,
   *   `request_too_large`, `ledger_unavailable`
   * @returns a promise where it must be read who the caller is
   */
  admit(request: FastifyRequest): undefined | Promise<void> {
    requireOrderlyHead(request);
    const { entry } = request.routeOptions.config;
    if (request.is404 || entry === undefined) throw unknownRoute(request);
    const { authorization } = request.headers;
    if (entry.access === 'server_key') {
      const caller = this.serverKeys.callerOf(authorization);
      if (caller instanceof Promise)
        return caller.then((found) => {
          request.caller = found;
          this.admitBody(request, entry);
        });
      request.caller = caller;
    } else if (entry.access === 'operator') this.operator.require(authorization, networkOf(request.socket));
    this.admitBody(request, entry);
    return undefined;
  }

  private admitBody(request: FastifyRequest, entry: RouteEntry): void {
    request.bodyLimit = this.limits[entry.body];
    if (Number(request.headers['content-length'] ?? 0) > request.bodyLimit.bytes) throw tooLarge(request);
    if (announcesBody(request)) requireKnownEncoding(request);
  }
}

/** What HTTP/1.1 asks of a head and Node does not, or would answer without an envelope. */
function requireOrderlyHead({ raw }: FastifyRequest): void {
  refuseRepeatedHeaders(raw);
  const { host, expect } = raw.headers;
  if (host === undefined && raw.httpVersion === '1.1')
    throw new RingsideError('invalid_parameter', 'Host must be given', { param: 'Host' });
  if (expect !== undefined && !/^100-continue$/i.test(expect))
    throw new RingsideError('invalid_parameter', 'Expect must be 100-continue, or left out', { param: 'Expect' });
}
