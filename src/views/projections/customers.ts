import { evolveCustomer, type CustomerState } from '../../domain/customer.js';
import type { CustomerCreated, CustomerUpdated } from '../../domain/events/index.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/** A customer, pseudo-customers for unattributed calls included; its id is the customer's, so customers sort by age. */
export type CustomerDocument = Document<CustomerState>;

export const customers = defineProjection<CustomerCreated | CustomerUpdated, CustomerState>({
  name: 'customers',
  version: 1,
  fields: { account: 'text', externalId: 'text', unattributed: 'integer' },
  indexes: [
    ['account', 'unattributed'],
    ['account', 'externalId'],
  ],
  events: ['CustomerCreated', 'CustomerUpdated'],
  keysOf: ({ event }) => [event.customer!],
  evolve: (customer, { event }) => evolveCustomer(customer, event),
});
