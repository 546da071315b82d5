import { Body, Controller, Delete, Get, Param, Patch, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { ModelNames } from '../../domain/call/model-names.js';
import { Targets } from '../../domain/call/target.js';
import { RemoveSlot } from '../../ledger/commands/remove-slot.js';
import { SetSlot } from '../../ledger/commands/set-slot.js';
import { GetSlot } from '../../views/queries/get-slot.js';
import { ListSlots } from '../../views/queries/list-slots.js';
import { ControlPlaneBody } from '../fields/control-plane-body.js';
import { RouteAccess } from '../server/route-access.js';
import { SlotDto, slotAliasFrom, slotTargetFrom } from '../fields/slot.dto.js';

/** The slots that every account has, unless it has one of the same alias itself. */
@Controller('admin/ringside/slots')
@RouteAccess('operator')
export class AdminSlotsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly targets: Targets,
    private readonly names: ModelNames,
  ) {}

  @Get()
  list(@Query() parameters: Readonly<Record<string, string | readonly string[]>>) {
    return this.queries.execute(new ListSlots(null, parameters));
  }

  @Get(':alias')
  get(@Param('alias') alias: string) {
    return this.queries.execute(new GetSlot(null, alias));
  }

  @Patch(':alias')
  async set(@Req() { id }: FastifyRequest, @Param('alias') alias: string, @Body(new ControlPlaneBody()) body: SlotDto) {
    const slot = { alias: slotAliasFrom(alias), target: slotTargetFrom(body.target, this.targets, this.names) };
    await this.commands.execute(new SetSlot(null, slot, 'operator', id));
    return this.queries.execute(new GetSlot(null, alias));
  }

  @Delete(':alias')
  async remove(@Req() { id }: FastifyRequest, @Param('alias') alias: string) {
    await this.commands.execute(new RemoveSlot(null, alias, 'operator', id));
    return { object: 'slot', alias, deleted: true };
  }
}
