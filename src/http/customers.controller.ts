import { Body, Controller, Get, Param, Patch, Post, Query, Req, UseGuards } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { CreateCustomer } from '../ledger/commands/create-customer.js';
import { UpdateCustomer } from '../ledger/commands/update-customer.js';
import { GetCustomer } from '../views/queries/get-customer.js';
import { GetUsage } from '../views/queries/get-usage.js';
import { ListCustomers } from '../views/queries/list-customers.js';
import { AuthenticationGuard, callerOf } from './authentication.guard.js';
import { ControlPlaneBody } from './control-plane-body.js';
import { CreateCustomerDto, UpdateCustomerDto } from './customer.dto.js';

/** Query parameters as the URL gives them. */
type Parameters = Readonly<Record<string, string | readonly string[]>>;

/** The account's end customers. `:id` is `cust_…`, `ext:<external id>` or a bare external id. */
@Controller('v1/customers')
@UseGuards(AuthenticationGuard)
export class CustomersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  async create(@Req() request: FastifyRequest, @Body(new ControlPlaneBody()) body: CreateCustomerDto) {
    const { account, keyId } = callerOf(request);
    const { external_id: externalId, name, metadata } = body;
    const wanted = { account, externalId, name, metadata: metadata ?? {}, actor: `key:${keyId}`, requestId: request.id } as const;
    const customer = await this.commands.execute(new CreateCustomer(wanted));
    return this.queries.execute(new GetCustomer(account, customer));
  }

  @Get()
  list(@Req() request: FastifyRequest, @Query() parameters: Parameters) {
    return this.queries.execute(new ListCustomers(callerOf(request).account, parameters));
  }

  @Get(':id')
  get(@Req() request: FastifyRequest, @Param('id') id: string) {
    return this.queries.execute(new GetCustomer(callerOf(request).account, id));
  }

  @Patch(':id')
  async update(@Req() request: FastifyRequest, @Param('id') reference: string, @Body(new ControlPlaneBody()) changes: UpdateCustomerDto) {
    const { account, keyId } = callerOf(request);
    const { id } = await this.queries.execute(new GetCustomer(account, reference));
    await this.commands.execute(new UpdateCustomer(account, id, changes, `key:${keyId}`, request.id));
    return this.queries.execute(new GetCustomer(account, id));
  }

  @Get(':id/usage')
  usage(@Req() request: FastifyRequest, @Param('id') id: string, @Query() parameters: Parameters) {
    return this.queries.execute(new GetUsage(callerOf(request).account, parameters, id));
  }
}
