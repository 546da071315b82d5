import { Body, Controller, Get, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CreateCustomer } from '../../ledger/commands/create-customer.js';
import { SetBudget } from '../../ledger/commands/set-budget.js';
import { UpdateCustomer } from '../../ledger/commands/update-customer.js';
import { GetCustomer } from '../../views/queries/get-customer.js';
import { GetMargin } from '../../views/queries/get-margin.js';
import { GetUsage } from '../../views/queries/get-usage.js';
import { ListCustomers } from '../../views/queries/list-customers.js';
import { callerOf } from '../server/caller-of.js';
import { RouteAccess } from '../server/route-access.js';
import { budgetIn } from '../fields/budget-field.js';
import { ControlPlaneBody } from '../fields/control-plane-body.js';
import { CreateCustomerDto, UpdateCustomerDto } from './customer.dto.js';
import { IdempotentWrites } from '../server/idempotent-writes.js';
import { leavingOf } from '../server/leaving.js';
import { rateLimitsIn } from '../fields/rate-limit-field.js';

/** Query parameters as the URL gives them. */
type Parameters = Readonly<Record<string, string | readonly string[]>>;

/** The account's end customers. `:id` is `cust_…`, `ext:<external id>` or a bare external id. */
@Controller('v1/customers')
@RouteAccess('server_key')
export class CustomersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly writes: IdempotentWrites,
  ) {}

  @Post()
  create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body(new ControlPlaneBody()) body: CreateCustomerDto,
  ) {
    const { account, keyId } = callerOf(request);
    const { external_id: externalId, name, metadata } = body;
    const envelope = { account, actor: `key:${keyId}`, requestId: request.id } as const;
    const wanted = {
      ...envelope,
      externalId,
      name,
      metadata: metadata ?? {},
      capNanoUsd: budgetIn(body),
      ...rateLimitsIn(body),
    };
    return this.writes.run(request, reply, {
      command: () => new CreateCustomer(wanted),
      answer: (customer) => this.queries.execute(new GetCustomer(account, customer)),
      customerOf: ({ id }) => id,
    });
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
  async update(
    @Req() request: FastifyRequest,
    @Param('id') reference: string,
    @Body(new ControlPlaneBody()) changes: UpdateCustomerDto,
  ) {
    const { account, keyId } = callerOf(request);
    const { id } = await this.queries.execute(new GetCustomer(account, reference));
    const actor = `key:${keyId}` as const;
    const { name, metadata } = changes;
    const budget = budgetIn(changes);
    const others = { name, metadata, ...rateLimitsIn(changes) };
    if (Object.values(others).some((change) => change !== undefined))
      await this.commands.execute(new UpdateCustomer(account, id, others, actor, request.id));
    if (budget !== undefined) await this.commands.execute(new SetBudget(account, id, budget, actor, request.id));
    return this.queries.execute(new GetCustomer(account, id));
  }

  @Get(':id/usage')
  usage(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Query() parameters: Parameters,
  ) {
    return this.queries.execute(new GetUsage(callerOf(request).account, parameters, id, leavingOf(reply)));
  }

  @Get(':id/margin')
  margin(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Query() parameters: Parameters,
  ) {
    return this.queries.execute(new GetMargin(callerOf(request).account, parameters, id, leavingOf(reply)));
  }
}
