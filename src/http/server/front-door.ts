import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { Config } from '../../config/config.js';
import { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import { IdentifyCaller } from '../../views/queries/identify-caller.js';
import { tooLarge, unknownRoute } from '../error-envelope.js';
import { announcesBody, requireKnownEncoding } from './body-encoding.js';
import { bodyLimitsOf, type BodyLimit } from './body-limits.js';
import { networkOf } from './network-address.js';
import { refuseRepeatedHeaders } from './repeated-headers.js';
import type { BodyKind, RouteEntry } from './route-access.js';
import { FailedSignIns } from './failed-sign-ins.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request's body may be; set once the request was let in. */
    bodyLimit: BodyLimit | undefined;
  }
}

/** Decides by a request's head whether it comes in, before a byte of its body is read: is it well formed, who sends it, how large is it? */
@Injectable()
export class FrontDoor {
  private readonly limits: Readonly<Record<BodyKind, BodyLimit>>;
  private readonly wrongTokens = new FailedSignIns();
  private operatorDigest: Buffer | undefined;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly queries: QueryBus,
  ) {
    this.limits = bodyLimitsOf(config);
  }

  /** How large the bodies of a route may be, in bytes. */
  bodyLimitBytes({ body }: RouteEntry): number {
    return this.limits[body].bytes;
  }

  /** Errors: `invalid_parameter` for its headers, `not_found`, `invalid_api_key`, `rate_limited`, `request_too_large`. */
  async admit(request: FastifyRequest): Promise<void> {
    requireOrderlyHead(request);
    const { entry } = request.routeOptions.config;
    if (request.is404 || entry === undefined) throw unknownRoute(request);
    if (entry.access === 'server_key') request.caller = await this.identify(request);
    else if (entry.access === 'operator') this.requireOperator(request);
    request.bodyLimit = this.limits[entry.body];
    if (Number(request.headers['content-length'] ?? 0) > request.bodyLimit.bytes) throw tooLarge(request);
    if (announcesBody(request)) requireKnownEncoding(request);
  }

  /** `Authorization: Bearer ko_…`. The key itself is hashed at once and goes no further. */
  private async identify({ headers }: FastifyRequest) {
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) throw new RingsideError('invalid_api_key', 'send your API key as "Authorization: Bearer ko_…"');
    if (!token.startsWith('ko_')) throw new RingsideError('invalid_api_key', 'this is not an API key of Ringside: those begin with "ko_"');
    const caller = await this.queries.execute(new IdentifyCaller(hash('sha256', token, 'hex')));
    if (caller) return caller;
    throw new RingsideError('invalid_api_key', 'this API key is not valid');
  }

  /** `Authorization: Bearer <RINGSIDE_ADMIN_TOKEN>`. A server key is not one. */
  private requireOperator({ headers, socket }: FastifyRequest): void {
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) throw new RingsideError('invalid_api_key', 'send the operator\'s token as "Authorization: Bearer …"');
    const [address, nowMs] = [networkOf(socket), Math.floor(this.clock.elapsedMs())];
    this.wrongTokens.requireGuess(address, nowMs);
    this.operatorDigest ??= digestOf(this.config.adminToken().text);
    // Digests are equally long, so that the comparison tells nothing about the token, not even its length.
    if (timingSafeEqual(digestOf(token), this.operatorDigest)) return;
    this.wrongTokens.note(address, nowMs);
    throw new RingsideError('invalid_api_key', "this is not the operator's token");
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

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
