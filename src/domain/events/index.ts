import { accountLimitsSetVersion, type AccountLimitsSet } from './account-limits-set.js';
import { accountOpenedVersion, type AccountOpened } from './account-opened.js';
import { budgetSetVersion, type BudgetSet } from './budget-set.js';
import { budgetThresholdCrossedVersion, type BudgetThresholdCrossed } from './budget-threshold-crossed.js';
import { creditGrantedVersion, type CreditGranted } from './credit-granted.js';
import { creditThresholdCrossedVersion, type CreditThresholdCrossed } from './credit-threshold-crossed.js';
import { customerCreatedVersion, type CustomerCreated } from './customer-created.js';
import { customerUpdatedVersion, type CustomerUpdated } from './customer-updated.js';
import { holdReleasedVersion, type HoldReleased } from './hold-released.js';
import { monthResumedVersion, type MonthResumed } from './month-resumed.js';
import { platformSlotRemovedVersion, type PlatformSlotRemoved } from './platform-slot-removed.js';
import { platformSlotSetVersion, type PlatformSlotSet } from './platform-slot-set.js';
import { priceBookPublishedVersion, type PriceBookPublished } from './price-book-published.js';
import { providerKeyRemovedVersion, type ProviderKeyRemoved } from './provider-key-removed.js';
import { providerKeySetVersion, type ProviderKeySet } from './provider-key-set.js';
import { rateLimitExceededVersion, type RateLimitExceeded } from './rate-limit-exceeded.js';
import { serverKeyIssuedVersion, type ServerKeyIssued } from './server-key-issued.js';
import { slotRemovedVersion, type SlotRemoved } from './slot-removed.js';
import { slotSetVersion, type SlotSet } from './slot-set.js';
import { statementClosedVersion, type StatementClosed } from './statement-closed.js';
import { statementOpenedVersion, type StatementOpened } from './statement-opened.js';
import { tierChangedVersion, type TierChanged } from './tier-changed.js';
import { usageHeldVersion, type UsageHeld } from './usage-held.js';
import { usageRecordedVersion, type UsageRecorded } from './usage-recorded.js';
import { walletCreditedVersion, type WalletCredited } from './wallet-credited.js';
import { walletThresholdCrossedVersion, type WalletThresholdCrossed } from './wallet-threshold-crossed.js';

/** Every event of the book. */
export type LedgerEvent =
  | AccountOpened
  | CreditGranted
  | CreditThresholdCrossed
  | TierChanged
  | AccountLimitsSet
  | ServerKeyIssued
  | SlotSet
  | SlotRemoved
  | ProviderKeySet
  | ProviderKeyRemoved
  | CustomerCreated
  | CustomerUpdated
  | RateLimitExceeded
  | StatementOpened
  | BudgetSet
  | WalletCredited
  | UsageHeld
  | HoldReleased
  | BudgetThresholdCrossed
  | WalletThresholdCrossed
  | UsageRecorded
  | MonthResumed
  | StatementClosed
  | PriceBookPublished
  | PlatformSlotSet
  | PlatformSlotRemoved;

/** The name of an event's type, e.g. `UsageRecorded`. */
export type LedgerEventType = LedgerEvent['type'];

/** The version each type is written with today; older ones are upcast when read (`ledger/journal/codec.ts`). */
export const EVENT_VERSIONS: Readonly<Record<LedgerEventType, number>> = {
  AccountOpened: accountOpenedVersion,
  CreditGranted: creditGrantedVersion,
  CreditThresholdCrossed: creditThresholdCrossedVersion,
  TierChanged: tierChangedVersion,
  AccountLimitsSet: accountLimitsSetVersion,
  ServerKeyIssued: serverKeyIssuedVersion,
  SlotSet: slotSetVersion,
  SlotRemoved: slotRemovedVersion,
  ProviderKeySet: providerKeySetVersion,
  ProviderKeyRemoved: providerKeyRemovedVersion,
  CustomerCreated: customerCreatedVersion,
  CustomerUpdated: customerUpdatedVersion,
  RateLimitExceeded: rateLimitExceededVersion,
  StatementOpened: statementOpenedVersion,
  BudgetSet: budgetSetVersion,
  WalletCredited: walletCreditedVersion,
  UsageHeld: usageHeldVersion,
  UsageRecorded: usageRecordedVersion,
  HoldReleased: holdReleasedVersion,
  BudgetThresholdCrossed: budgetThresholdCrossedVersion,
  WalletThresholdCrossed: walletThresholdCrossedVersion,
  MonthResumed: monthResumedVersion,
  StatementClosed: statementClosedVersion,
  PriceBookPublished: priceBookPublishedVersion,
  PlatformSlotSet: platformSlotSetVersion,
  PlatformSlotRemoved: platformSlotRemovedVersion,
};

export type {
  AccountLimitsSet,
  AccountOpened,
  BudgetSet,
  BudgetThresholdCrossed,
  CreditGranted,
  CreditThresholdCrossed,
  CustomerCreated,
  CustomerUpdated,
  HoldReleased,
  MonthResumed,
  PlatformSlotRemoved,
  PlatformSlotSet,
  PriceBookPublished,
  ProviderKeyRemoved,
  ProviderKeySet,
  RateLimitExceeded,
  ServerKeyIssued,
  SlotRemoved,
  SlotSet,
  StatementClosed,
  StatementOpened,
  TierChanged,
  UsageHeld,
  UsageRecorded,
  WalletCredited,
  WalletThresholdCrossed,
};
