import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GetUsage } from '../../views/queries/get-usage.js';
import { leavingOf } from '../server/leaving.js';
import { callerOf } from '../server/caller-of.js';
import { RouteAccess } from '../server/route-access.js';

/** Usage of the whole account. */
@Controller('v1/usage')
@RouteAccess('server_key')
export class UsageController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  usage(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() parameters: Readonly<Record<string, string | readonly string[]>>,
  ) {
    return this.queries.execute(new GetUsage(callerOf(request).account, parameters, undefined, leavingOf(reply)));
  }
}
