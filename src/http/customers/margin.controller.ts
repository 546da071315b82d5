import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GetMargin } from '../../views/queries/get-margin.js';
import { leavingOf } from '../server/leaving.js';
import { callerOf } from '../server/caller-of.js';
import { RouteAccess } from '../server/route-access.js';

/** Margin of the whole account. */
@Controller('v1/margin')
@RouteAccess('server_key')
export class MarginController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  margin(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() parameters: Readonly<Record<string, string | readonly string[]>>,
  ) {
    return this.queries.execute(new GetMargin(callerOf(request).account, parameters, undefined, leavingOf(reply)));
  }
}
