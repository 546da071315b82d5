import { Body, Controller, Get, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { IsIn, ValidateIf } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TIERS, type Tier } from '../../domain/pricing/tier.js';
import { ChangeTier } from '../../ledger/commands/change-tier.js';
import { GrantCredit } from '../../ledger/commands/grant-credit.js';
import { SetAccountLimits } from '../../ledger/commands/set-account-limits.js';
import { GetAccount } from '../../views/queries/get-account.js';
import { ListAccounts } from '../../views/queries/list-accounts.js';
import { ControlPlaneBody } from '../fields/control-plane-body.js';
import { IdempotentWrites } from '../server/idempotent-writes.js';
import { IsNote } from '../fields/note-field.js';
import { RouteAccess } from '../server/route-access.js';
import { IsRateLimit, rateLimitsIn } from '../fields/rate-limit-field.js';
import { IsUsd, usdFrom, type UsdField } from '../fields/usd-field.js';

/** Body of `PATCH /admin/ringside/accounts/:id`. What is left out stays as it is; null clears a limit. */
export class UpdateAccountDto {
  @ValidateIf((_, tier) => tier !== undefined)
  @IsIn(TIERS, { message: `must be one of ${TIERS.join(', ')}` })
  tier?: Tier;

  @IsRateLimit()
  rate_limit_rpm?: number | null;

  @IsRateLimit()
  rate_limit_tpm?: number | null;
}

/** Body of `POST /admin/ringside/accounts/:id/credit`. The note stays in the ledger; it must not name a person. */
export class GrantCreditDto {
  @IsUsd({ positive: true })
  amount_usd!: UsdField;

  @IsNote()
  note?: string | null;
}

/** The developers' accounts, as the operator sees and changes them. */
@Controller('admin/ringside/accounts')
@RouteAccess('operator')
export class AdminAccountsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly writes: IdempotentWrites,
  ) {}

  @Get()
  list(@Query() parameters: Readonly<Record<string, string | readonly string[]>>) {
    return this.queries.execute(new ListAccounts(parameters));
  }

  @Get(':id')
  get(@Param('id') id: string) {
    return this.queries.execute(new GetAccount(id));
  }

  @Patch(':id')
  async update(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Body(new ControlPlaneBody()) changes: UpdateAccountDto,
  ) {
    await this.queries.execute(new GetAccount(id));
    const { tier } = changes;
    if (tier !== undefined) await this.commands.execute(new ChangeTier(id, tier, request.id));
    await this.commands.execute(new SetAccountLimits(id, rateLimitsIn(changes), request.id));
    return this.queries.execute(new GetAccount(id));
  }

  @Post(':id/credit')
  grant(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
    @Body(new ControlPlaneBody()) grant: GrantCreditDto,
  ) {
    return this.writes.run(request, reply, {
      command: async () => {
        await this.queries.execute(new GetAccount(id));
        return new GrantCredit(id, usdFrom(grant.amount_usd), grant.note ?? null, request.id);
      },
      answer: () => this.queries.execute(new GetAccount(id)),
      customerOf: () => null,
    });
  }
}
