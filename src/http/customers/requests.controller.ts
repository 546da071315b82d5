import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { GetRequest } from '../../views/queries/get-request.js';
import { ListRequests } from '../../views/queries/list-requests.js';
import { callerOf } from '../server/caller-of.js';
import { RouteAccess } from '../server/route-access.js';

/** The request log: one row a call, without prompts and answers. */
@Controller('v1/requests')
@RouteAccess('server_key')
export class RequestsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  list(@Req() request: FastifyRequest, @Query() parameters: Readonly<Record<string, string | readonly string[]>>) {
    return this.queries.execute(new ListRequests(callerOf(request).account, parameters));
  }

  @Get(':id')
  get(@Req() request: FastifyRequest, @Param('id') id: string) {
    return this.queries.execute(new GetRequest(callerOf(request).account, id));
  }
}
