import { Body, Controller, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { ModelNames } from '../../domain/call/model-names.js';
import { Targets } from '../../domain/call/target.js';
import { RemoveSlot } from '../../ledger/commands/remove-slot.js';
import { SetSlot } from '../../ledger/commands/set-slot.js';
import { GetSlot } from '../../views/queries/get-slot.js';
import { ListSlots } from '../../views/queries/list-slots.js';
import { callerOf } from '../server/caller-of.js';
import { RouteAccess } from '../server/route-access.js';
import { ControlPlaneBody } from '../fields/control-plane-body.js';
import { SlotDto, slotAliasFrom, slotTargetFrom } from '../fields/slot.dto.js';

/** The slots of an account, and the platform's as far as it has none of the same alias. It changes only its own. */
@Controller('v1/slots')
@RouteAccess('server_key')
export class SlotsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly targets: Targets,
    private readonly names: ModelNames,
  ) {}

  @Get()
  list(@Req() request: FastifyRequest, @Query() parameters: Readonly<Record<string, string | readonly string[]>>) {
    return this.queries.execute(new ListSlots(callerOf(request).account, parameters));
  }

  @Get(':alias')
  get(@Req() request: FastifyRequest, @Param('alias') alias: string) {
    return this.queries.execute(new GetSlot(callerOf(request).account, alias));
  }

  @Put(':alias')
  async set(
    @Req() request: FastifyRequest,
    @Param('alias') alias: string,
    @Body(new ControlPlaneBody()) body: SlotDto,
  ) {
    const { account, keyId } = callerOf(request);
    const slot = { alias: slotAliasFrom(alias), target: slotTargetFrom(body.target, this.targets, this.names) };
    await this.commands.execute(new SetSlot(account, slot, `key:${keyId}`, request.id));
    return this.queries.execute(new GetSlot(account, alias));
  }

  @Delete(':alias')
  async remove(@Req() request: FastifyRequest, @Param('alias') alias: string) {
    const { account, keyId } = callerOf(request);
    await this.commands.execute(new RemoveSlot(account, alias, `key:${keyId}`, request.id));
    return { object: 'slot', alias, deleted: true };
  }
}
