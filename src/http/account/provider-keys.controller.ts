import { Body, Controller, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { RingsideError } from '../../domain/errors.js';
import { Targets, type OwnKeyTerms } from '../../domain/call/target.js';
import { RemoveProviderKey } from '../../ledger/commands/remove-provider-key.js';
import { SetProviderKey } from '../../ledger/commands/set-provider-key.js';
import { GetProviderKey } from '../../views/queries/get-provider-key.js';
import { ListProviderKeys } from '../../views/queries/list-provider-keys.js';
import { callerOf } from '../server/caller-of.js';
import { RouteAccess } from '../server/route-access.js';
import { providerKeyFrom } from './provider-key-body.js';

/** A provider that takes keys. */
interface KeyedProvider {
  readonly id: string;
  readonly terms: OwnKeyTerms;
}

/** The developer's own keys for providers: set whole, and shown as their last four characters. */
@Controller('v1/provider_keys')
@RouteAccess('server_key')
export class ProviderKeysController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly targets: Targets,
  ) {}

  @Get()
  list(@Req() request: FastifyRequest, @Query() parameters: Readonly<Record<string, string | readonly string[]>>) {
    return this.queries.execute(new ListProviderKeys(callerOf(request).account, parameters));
  }

  @Get(':provider')
  get(@Req() request: FastifyRequest, @Param('provider') name: string) {
    return this.queries.execute(new GetProviderKey(callerOf(request).account, this.providerNamed(name).id));
  }

  @Put(':provider')
  async set(@Req() request: FastifyRequest, @Param('provider') name: string, @Body() body: unknown) {
    const { account, keyId } = callerOf(request);
    const { id, terms } = this.providerNamed(name);
    const { key, secrets } = providerKeyFrom(body, id, terms);
    await this.commands.execute(new SetProviderKey(account, key, secrets, `key:${keyId}`, request.id));
    return this.queries.execute(new GetProviderKey(account, id));
  }

  @Delete(':provider')
  async remove(@Req() request: FastifyRequest, @Param('provider') name: string) {
    const { account, keyId } = callerOf(request);
    const { id } = this.providerNamed(name);
    await this.commands.execute(new RemoveProviderKey(account, id, `key:${keyId}`, request.id));
    return { object: 'provider_key', provider: id, deleted: true };
  }

  /** @throws RingsideError `unknown_provider`, also for one that takes no keys */
  private providerNamed(name: string): KeyedProvider {
    const keyed = this.targets.offered().flatMap(({ id, ownKey }) => (ownKey ? [{ id, terms: ownKey }] : []));
    const id = this.targets.providerNamed(name);
    const found = keyed.find((one) => one.id === id);
    if (found) return found;
    const message = `this provider does not exist or takes no keys; providers that take keys: ${keyed.map((one) => one.id).join(', ')}`;
    throw new RingsideError('unknown_provider', message, { param: 'provider' });
  }
}
