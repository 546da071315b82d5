import { evolveCustomer, type CustomerEvent, type CustomerState } from '../../domain/customer/customer.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';
import { HEAD_SHAPE } from './shapes.js';

/**
 * A customer, pseudo-customers for unattributed calls included, with the place in its stream up to which it is folded:
 * what the ledger goes on from. Its id is the customer's, so customers sort by age.
 */
export type CustomerDocument = Document<CustomerFields>;

interface CustomerFields extends CustomerState {
  readonly head: {
    readonly revision: number;
    /** The chain value of the event at that revision. */
    readonly chain: string;
  };
}

export const customers = defineProjection<CustomerEvent, CustomerFields>({
  name: 'customers',
  version: 2,
  fields: { account: 'text', externalId: 'text', unattributed: 'boolean' },
  indexes: [
    ['account', 'unattributed'],
    ['account', 'externalId'],
  ],
  shapes: [
    [
      'id',
      'account',
      'unattributed',
      'externalId',
      'name',
      'metadata',
      'firstCapNanoUsd',
      'rateLimitRpm',
      'rateLimitTpm',
      'createdAt',
      'lastLimitedMinute',
      ['head', HEAD_SHAPE],
      'position',
    ],
  ],
  events: ['CustomerCreated', 'CustomerUpdated', 'RateLimitExceeded'],
  // With all the metadata it may have, one takes 30 kB, and hardly any is changed twice in a row.
  keeps: 1000,
  keysOf: ({ event }) => [event.customer!],
  evolve: (customer, { event, stored }) => ({
    ...evolveCustomer(customer, event),
    head: { revision: stored.revision, chain: stored.metadata['chain']! },
  }),
});
