import { Module, type Provider } from '@nestjs/common';
import { PriceList } from '../config/prices/price-list.js';
import { PriceBook } from '../domain/pricing/pricing.js';
import { UsageBacklog } from '../domain/usage-backlog.js';
import { AccountCreditCache } from './accounts/account-credit-cache.js';
import { CreditThresholdWriter } from './accounts/credit-threshold-writer.js';
import { ProviderKeyCache } from './accounts/provider-key-cache.js';
import { SlotCache } from './accounts/slot-cache.js';
import { ChangeTierHandler } from './commands/change-tier.js';
import { CreateCustomerHandler } from './commands/create-customer.js';
import { CreditWalletHandler } from './commands/credit-wallet.js';
import { GrantCreditHandler } from './commands/grant-credit.js';
import { IssueServerKeyHandler } from './commands/issue-server-key.js';
import { OpenFirstAccountHandler } from './commands/open-first-account.js';
import { PublishPricesHandler } from './commands/publish-prices.js';
import { RemoveProviderKeyHandler } from './commands/remove-provider-key.js';
import { RemoveSlotHandler } from './commands/remove-slot.js';
import { SetAccountLimitsHandler } from './commands/set-account-limits.js';
import { SetBudgetHandler } from './commands/set-budget.js';
import { SetProviderKeyHandler } from './commands/set-provider-key.js';
import { SetSlotHandler } from './commands/set-slot.js';
import { UpdateCustomerHandler } from './commands/update-customer.js';
import { Customers } from './customers/customers.js';
import { RateLimitCache } from './customers/rate-limit-cache.js';
import { RateLimitEventWriter } from './customers/rate-limit-event-writer.js';
import { ChangeFeed } from './journal/change-feed.js';
import { PublishedPrices } from './platform/published-prices.js';
import { ActiveHolds } from './statements/active-holds.js';
import { StatementRegistry } from './statements/statement-registry.js';
import { Streams } from './streams/streams.js';
import { HoldSweeper } from './usage/hold-sweeper.js';
import { UsageRecorder } from './usage/usage-recorder.js';
import { UsageSpool } from './usage/usage-spool.js';

const commands: Provider[] = [
  OpenFirstAccountHandler,
  IssueServerKeyHandler,
  CreateCustomerHandler,
  UpdateCustomerHandler,
  SetBudgetHandler,
  CreditWalletHandler,
  ChangeTierHandler,
  SetAccountLimitsHandler,
  SetSlotHandler,
  RemoveSlotHandler,
  SetProviderKeyHandler,
  RemoveProviderKeyHandler,
  GrantCreditHandler,
  PublishPricesHandler,
];

/** What other rooms ask of the ledger. */
const services: Provider[] = [
  Streams,
  Customers,
  StatementRegistry,
  ActiveHolds,
  UsageRecorder,
  { provide: UsageBacklog, useExisting: UsageSpool },
  AccountCreditCache,
  CreditThresholdWriter,
  RateLimitCache,
  RateLimitEventWriter,
  SlotCache,
  ProviderKeyCache,
  PriceList,
  { provide: PriceBook, useExisting: PublishedPrices },
];

/**
 * The ledger: the commands on its streams, and what it keeps of them in memory. It needs the journal and the views'
 * snapshots.
 */
@Module({
  providers: [...commands, ...services, ChangeFeed, PublishedPrices, UsageSpool, HoldSweeper],
  exports: services,
})
export class LedgerModule {}
