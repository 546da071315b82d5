import { Controller, Get, Param, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { GetModel } from '../../views/queries/get-model.js';
import { ListModels } from '../../views/queries/list-models.js';
import { callerOf } from '../server/caller-of.js';
import { RouteAccess } from '../server/route-access.js';

/** What an account can call now, in OpenAI's shape. Money never blocks it. */
@Controller('v1/models')
@RouteAccess('server_key')
export class ModelsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  list(@Req() request: FastifyRequest) {
    return this.queries.execute(new ListModels(callerOf(request).account));
  }

  /** A reference has slashes, escaped or not: the rest of the path is one. */
  @Get('*')
  get(@Req() request: FastifyRequest, @Param('*') ref: string) {
    return this.queries.execute(new GetModel(callerOf(request).account, ref));
  }
}
