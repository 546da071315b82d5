import { Body, Controller, Get, Put, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { RingsideError } from '../../domain/errors.js';
import type { PriceOverride } from '../../domain/pricing/price-overrides.js';
import { Targets } from '../../domain/call/target.js';
import { PublishPrices } from '../../ledger/commands/publish-prices.js';
import { GetPriceBook } from '../../views/queries/get-price-book.js';
import { parseTime } from '../../views/queries/period.js';
import { ControlPlaneBody } from '../fields/control-plane-body.js';
import { RouteAccess } from '../server/route-access.js';
import { PriceBookDto, PriceDto } from './prices.dto.js';
import { usdFrom, type UsdField } from '../fields/usd-field.js';

/** The operator's own prices. What is published is complete and takes the place of everything published before. */
@Controller('admin/ringside/prices')
@RouteAccess('operator', 'price_book')
export class AdminPricesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly targets: Targets,
  ) {}

  @Get()
  current() {
    return this.queries.execute(new GetPriceBook());
  }

  @Put()
  async publish(
    @Req() { id }: FastifyRequest,
    @Body(new ControlPlaneBody({ prices: PriceDto })) { prices, note }: PriceBookDto,
  ) {
    const overrides = prices.map((price, place) => this.overrideOf(price, `prices[${place}]`));
    await this.commands.execute(new PublishPrices(overrides, note ?? null, id));
    return this.queries.execute(new GetPriceBook());
  }

  /**
   * Equal prices become equal texts, by which a book is named.
   * @throws RingsideError `unknown_provider`, `invalid_parameter`
   */
  private overrideOf(price: PriceDto, place: string): PriceOverride {
    const provider = this.targets.providerNamed(price.provider);
    if (provider === undefined) {
      throw new RingsideError('unknown_provider', `${place}.provider: there is no such provider`, {
        param: `${place}.provider`,
      });
    }
    const [validFrom, validUntil] = [momentOf(price.valid_from), momentOf(price.valid_until)];
    if (validFrom !== null && validUntil !== null && validFrom >= validUntil) {
      const param = `${place}.valid_until`;
      throw new RingsideError('invalid_parameter', `${param} must be later than valid_from`, { param });
    }
    return {
      provider,
      model: price.model,
      input: usdFrom(price.input_usd_per_mtok).toString(),
      ...optional('cachedInput', price.cached_input_usd_per_mtok),
      ...optional('cacheWrite', price.cache_write_usd_per_mtok),
      ...optional('cacheWrite1h', price.cache_write_1h_usd_per_mtok),
      output: usdFrom(price.output_usd_per_mtok).toString(),
      ...optional('audioInput', price.audio_input_usd_per_mtok),
      ...optional('audioOutput', price.audio_output_usd_per_mtok),
      ...optional('request', price.request_usd),
      validFrom,
      validUntil,
    };
  }
}

function momentOf(time: string | null | undefined): number | null {
  return time === null || time === undefined ? null : parseTime(time)!;
}

/** The parts of a price that may be missing. */
type OptionalPart = 'cachedInput' | 'cacheWrite' | 'cacheWrite1h' | 'audioInput' | 'audioOutput' | 'request';

/** The part under its name, or nothing when it has no price of its own. */
function optional(name: OptionalPart, price: UsdField | null | undefined): Partial<PriceOverride> {
  return price === null || price === undefined ? {} : { [name]: usdFrom(price).toString() };
}
