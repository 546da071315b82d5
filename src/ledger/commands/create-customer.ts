import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RingsideError } from '../../domain/errors.js';
import { Customers, type NewCustomer } from '../customers/customers.js';

/**
 * Makes a customer under an external id that nobody has; its result is the customer's id.
 * @throws RingsideError `external_id_taken`
 */
export class CreateCustomer extends Command<string> {
  constructor(readonly wanted: NewCustomer & { readonly externalId: string }) {
    super();
  }
}

@CommandHandler(CreateCustomer)
export class CreateCustomerHandler implements ICommandHandler<CreateCustomer> {
  constructor(private readonly customers: Customers) {}

  async execute({ wanted }: CreateCustomer): Promise<string> {
    const { customer, created } = await this.customers.create(wanted);
    if (!created)
      throw new RingsideError('external_id_taken', 'another customer has this external_id', { param: 'external_id' });
    return customer;
  }
}
