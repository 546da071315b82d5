import type { LedgerEvent } from '../../domain/events/index.js';
import type { StoredEvent } from '../../ledger/journal/event-store.js';
import { PRICES_STREAM } from '../../ledger/platform/published-prices.js';
import { PLATFORM_SLOTS_STREAM } from '../../ledger/accounts/slot-stream.js';

/** The stream an event belongs in, without the month of a statement. */
function homeOf(event: LedgerEvent): string {
  switch (event.type) {
    case 'AccountOpened':
    case 'CreditGranted':
    case 'CreditThresholdCrossed':
    case 'ServerKeyIssued':
    case 'TierChanged':
    case 'AccountLimitsSet':
    case 'SlotSet':
    case 'SlotRemoved':
    case 'ProviderKeySet':
    case 'ProviderKeyRemoved':
      return `account-${event.account}`;
    case 'CustomerCreated':
    case 'CustomerUpdated':
    case 'RateLimitExceeded':
      return `customer-${event.customer}`;
    case 'StatementOpened':
    case 'StatementClosed':
      return `statement-${event.customer}-${event.data.month}`;
    case 'BudgetSet':
    case 'WalletCredited':
    case 'UsageHeld':
    case 'UsageRecorded':
    case 'HoldReleased':
    case 'MonthResumed':
    case 'BudgetThresholdCrossed':
    case 'WalletThresholdCrossed':
      return `statement-${event.customer}-`;
    case 'PriceBookPublished':
      return PRICES_STREAM;
    case 'PlatformSlotSet':
    case 'PlatformSlotRemoved':
      return PLATFORM_SLOTS_STREAM;
  }
}

const OPENINGS: readonly LedgerEvent['type'][] = ['AccountOpened', 'CustomerCreated', 'StatementOpened'];

/**
 * Says where an event stands in a stream that is not its own, and where a stream does not begin, once, with its
 * opening.
 */
export function* streamProblems(event: LedgerEvent, { stream, revision }: StoredEvent): Generator<string> {
  const home = homeOf(event);
  if (home.endsWith('-') ? !stream.startsWith(home) : stream !== home) yield `${event.type} belongs in ${home}`;
  // What the operator sets needs no opening: the platform is there before anything is.
  if (event.account !== undefined && OPENINGS.includes(event.type) !== (revision === 0))
    yield `${event.type} at revision ${revision}`;
}
