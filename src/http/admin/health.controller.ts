import { Controller, Get, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { GetClockWarnings } from '../../views/queries/get-clock-warnings.js';
import { GetReadiness } from '../../views/queries/get-readiness.js';
import { RouteAccess } from '../server/route-access.js';
import { Drain } from '../server/drain.js';

/**
 * Whether the process is alive, and whether it can take calls. Neither needs a key nor says anything about accounts.
 */
@Controller()
@RouteAccess('none')
export class HealthController {
  constructor(
    private readonly drain: Drain,
    private readonly queries: QueryBus,
  ) {}

  @Get('healthz')
  healthz(): { status: string } {
    return { status: 'ok' };
  }

  /**
   * 200 with nothing missing, else 503 naming what is; `warnings` where something is strange that does not keep calls
   * away.
   */
  @Get('readyz')
  async readyz(@Res() reply: FastifyReply): Promise<void> {
    const missing = this.drain.isDraining
      ? ['this gateway is shutting down']
      : await this.queries.execute(new GetReadiness());
    const warnings = await this.queries.execute(new GetClockWarnings());
    const status = missing.length === 0 ? 'ready' : 'not_ready';
    await reply
      .code(missing.length === 0 ? 200 : 503)
      .send({ status, missing, ...(warnings.length > 0 && { warnings }) });
  }
}
