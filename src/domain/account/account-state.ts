import type { RateLimitSettings } from '../events/customer-created.js';
import type {
  AccountLimitsSet,
  AccountOpened,
  CreditGranted,
  CreditThresholdCrossed,
  ProviderKeyRemoved,
  ProviderKeySet,
  ServerKeyIssued,
  SlotRemoved,
  SlotSet,
  TierChanged,
} from '../events/index.js';
import { FIRST_TIER, type Tier } from '../pricing/tier.js';
import type { CreditThreshold } from './account-credit.js';
import { evolveProviderKeys, NO_PROVIDER_KEYS, type ProviderKeys } from './provider-keys.js';
import { evolveSlots, type Slots } from './slots.js';

/** Every event of an account stream. */
export type AccountEvent =
  | AccountOpened
  | CreditGranted
  | CreditThresholdCrossed
  | TierChanged
  | AccountLimitsSet
  | ServerKeyIssued
  | SlotSet
  | SlotRemoved
  | ProviderKeySet
  | ProviderKeyRemoved;

/** The types of them, for who reads accounts. */
export const ACCOUNT_EVENTS: readonly AccountEvent['type'][] = [
  'AccountOpened',
  'CreditGranted',
  'CreditThresholdCrossed',
  'TierChanged',
  'AccountLimitsSet',
  'ServerKeyIssued',
  'SlotSet',
  'SlotRemoved',
  'ProviderKeySet',
  'ProviderKeyRemoved',
];

/** What the account stream says. What calls draw from the account's credit stands in the statements, and not here. */
export interface AccountState {
  /** Null until the account is opened. */
  readonly unattributedCustomer: string | null;
  readonly tier: Tier;
  readonly limits: RateLimitSettings;
  /** How many grants there were, and which thresholds were said to be crossed since the last one. */
  readonly credit: { readonly grants: number; readonly crossed: readonly CreditThreshold[] };
  readonly slots: Slots;
  readonly providerKeys: ProviderKeys;
  readonly serverKeys: readonly ServerKey[];
}

/** A server key that calls can be made with. */
export interface ServerKey {
  readonly keyId: string;
  /** The key's SHA-256 digest, in hex. */
  readonly digest: string;
}

/** An account without events. */
export const NO_ACCOUNT: AccountState = {
  unattributedCustomer: null,
  tier: FIRST_TIER,
  limits: { rateLimitRpm: null, rateLimitTpm: null },
  credit: { grants: 0, crossed: [] },
  slots: [],
  providerKeys: NO_PROVIDER_KEYS,
  serverKeys: [],
};

/** Folds one event of an account stream. */
export function evolveAccount(state: AccountState, event: AccountEvent): AccountState {
  switch (event.type) {
    case 'AccountOpened':
      return { ...state, unattributedCustomer: event.data.unattributedCustomer };
    case 'CreditGranted':
      return { ...state, credit: { grants: state.credit.grants + 1, crossed: [] } };
    case 'CreditThresholdCrossed':
      return { ...state, credit: { ...state.credit, crossed: [...state.credit.crossed, event.data.threshold] } };
    case 'TierChanged':
      return { ...state, tier: event.data.tier };
    case 'AccountLimitsSet':
      return { ...state, limits: event.data };
    case 'ServerKeyIssued':
      return { ...state, serverKeys: [...state.serverKeys, { keyId: event.data.keyId, digest: event.data.digest }] };
    case 'SlotSet':
    case 'SlotRemoved':
      return { ...state, slots: evolveSlots(state.slots, event) };
    case 'ProviderKeySet':
    case 'ProviderKeyRemoved':
      return { ...state, providerKeys: evolveProviderKeys(state.providerKeys, event) };
  }
}
