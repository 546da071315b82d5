import {
  evolveCredit,
  NO_CREDIT,
  unsaidThresholds,
  type AccountCredit,
  type CreditEvent,
} from '../../domain/account/account-credit.js';
import type { AccountLimitsSet, AccountOpened, TierChanged } from '../../domain/events/index.js';
import type { RateLimitSettings } from '../../domain/events/customer-created.js';
import { FIRST_TIER, type Tier } from '../../domain/pricing/tier.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/** An account; its id is the account's. */
export type AccountDocument = Document<AccountFields>;

interface AccountFields extends RateLimitSettings {
  readonly unattributedCustomer: string;
  readonly tier: Tier;
  readonly credit: AccountCredit;
  /** Whether the credit has crossed a threshold that the book does not say yet. */
  readonly creditUnsaid: boolean;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

export const accounts = defineProjection<AccountOpened | TierChanged | AccountLimitsSet | CreditEvent, AccountFields>({
  name: 'accounts',
  version: 3,
  fields: { creditUnsaid: 'boolean' },
  indexes: [['creditUnsaid']],
  events: [
    'AccountOpened',
    'TierChanged',
    'AccountLimitsSet',
    'CreditGranted',
    'CreditThresholdCrossed',
    'UsageRecorded',
  ],
  keysOf: ({ event }) => (event.type === 'UsageRecorded' && event.data.creditNanoUsd === null ? [] : [event.account]),
  evolve: (account, { event }) => {
    if (event.type === 'AccountOpened') {
      const { unattributedCustomer } = event.data;
      const limits = { rateLimitRpm: null, rateLimitTpm: null };
      return {
        unattributedCustomer,
        tier: FIRST_TIER,
        credit: NO_CREDIT,
        creditUnsaid: false,
        ...limits,
        createdAt: event.occurredAt,
      };
    }
    if (!account) throw new Error(`${event.type} before AccountOpened`);
    if (event.type === 'TierChanged' || event.type === 'AccountLimitsSet') return { ...account, ...event.data };
    const credit = evolveCredit(account.credit, event);
    return { ...account, credit, creditUnsaid: unsaidThresholds(credit).length > 0 };
  },
});
