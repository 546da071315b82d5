import type { AccountOpened } from '../../domain/events/index.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/** An account; its id is the account's. */
export type AccountDocument = Document<AccountFields>;

interface AccountFields {
  readonly unattributedCustomer: string;
}

export const accounts = defineProjection<AccountOpened, AccountFields>({
  name: 'accounts',
  version: 1,
  fields: {},
  indexes: [],
  events: ['AccountOpened'],
  keysOf: ({ event }) => [event.account],
  evolve: (_, { event }) => ({ unattributedCustomer: event.data.unattributedCustomer }),
});
