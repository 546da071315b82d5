import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '../config/config.js';
import { RingsideError } from '../domain/errors.js';

/** Lets in who sends the operator's token: `Authorization: Bearer <RINGSIDE_ADMIN_TOKEN>`. A server key is not one. */
@Injectable()
export class OperatorGuard implements CanActivate {
  private digest: Buffer | undefined;

  constructor(private readonly config: Config) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    this.digest ??= digestOf(this.config.adminToken().text);
    // Digests are equally long, so that the comparison tells nothing about the token, not even its length.
    if (token !== undefined && timingSafeEqual(digestOf(token), this.digest)) return true;
    throw new RingsideError(
      'invalid_api_key',
      token === undefined ? 'send the operator\'s token as "Authorization: Bearer …"' : "this is not the operator's token",
    );
  }
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
