import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import { bearerToken } from './bearer-token.js';
import { FailedSignIns } from './failed-sign-ins.js';

/** The operator, who holds `RINGSIDE_ADMIN_TOKEN`. */
@Injectable()
export class Operator {
  private readonly failedSignIns = new FailedSignIns();
  private digest: Buffer | undefined;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * Lets a request with `Authorization: Bearer <RINGSIDE_ADMIN_TOKEN>` pass. A server key is not one.
   * @param address where the request comes from; guesses are counted by it
   * @throws RingsideError `invalid_api_key`, `rate_limited`
   */
  require(authorization: string | undefined, address: string): void {
    const token = bearerToken(authorization);
    if (token === undefined)
      throw new RingsideError('invalid_api_key', 'send the operator\'s token as "Authorization: Bearer …"');
    const nowMs = Math.floor(this.clock.elapsedMs());
    this.failedSignIns.requireGuess(address, nowMs);
    this.digest ??= digestOf(this.config.adminToken().text);
    // Digests are equally long, so that the comparison tells nothing about the token, not even its length.
    if (timingSafeEqual(digestOf(token), this.digest)) return;
    this.failedSignIns.note(address, nowMs);
    throw new RingsideError('invalid_api_key', "this is not the operator's token");
  }
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
