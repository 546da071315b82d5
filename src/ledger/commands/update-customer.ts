import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CustomerChanges } from '../../domain/customer/customer.js';
import type { Actor } from '../../domain/events/envelope.js';
import { Streams } from '../streams/streams.js';

/**
 * Changes a customer that exists; its new rate limits are in force with the next call.
 * @throws RingsideError `customer_not_found`
 */
export class UpdateCustomer extends Command<void> {
  constructor(
    readonly account: string,
    readonly customer: string,
    readonly changes: CustomerChanges,
    readonly actor: Actor,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(UpdateCustomer)
export class UpdateCustomerHandler implements ICommandHandler<UpdateCustomer> {
  constructor(private readonly streams: Streams) {}

  async execute({ account, customer, changes, actor, requestId }: UpdateCustomer): Promise<void> {
    const cause = { account, customer, requestId, actor, id: requestId };
    await this.streams.decide('customer', customer, { type: 'UpdateCustomer', changes, cause });
  }
}
