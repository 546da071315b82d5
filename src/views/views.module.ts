import { Module, type OnApplicationShutdown, type OnModuleInit, type Provider } from '@nestjs/common';
import { CreditSnapshots } from '../ledger/accounts/credit-snapshots.js';
import { AccountSnapshots } from '../ledger/streams/account-snapshots.js';
import { CustomerSnapshots } from '../ledger/streams/customer-snapshots.js';
import { ExpiringHolds } from '../ledger/statements/expiring-holds.js';
import { StatementSnapshots } from '../ledger/statements/statement-snapshots.js';
import { DocumentStore } from './document-store.js';
import { PROGRESS } from './progress.js';
import { PROJECTIONS } from './projections/index.js';
import { ProjectionRunner } from './runner.js';
import { AccountsInViews } from './snapshots/account-snapshots.js';
import { CreditsInViews } from './snapshots/credit-snapshots.js';
import { CustomersInViews } from './snapshots/customer-snapshots.js';
import { HoldsInViews } from './snapshots/expiring-holds.js';
import { StatementsInViews } from './snapshots/statement-snapshots.js';

const services: Provider[] = [
  { provide: StatementSnapshots, useClass: StatementsInViews },
  { provide: AccountSnapshots, useClass: AccountsInViews },
  { provide: CustomerSnapshots, useClass: CustomersInViews },
  { provide: CreditSnapshots, useClass: CreditsInViews },
  { provide: ExpiringHolds, useClass: HoldsInViews },
];

/**
 * The views, from the module's start to its end. It needs a `ProjectionRunner`, which folds them, and an `EventDecoder`.
 * The queries are a module of their own.
 */
@Module({ providers: services, exports: services })
export class ViewsModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly runner: ProjectionRunner,
    private readonly documents: DocumentStore,
  ) {}

  async onModuleInit(): Promise<void> {
    // Whoever reads asks this store; the runner has a connection of its own.
    await this.documents.declare([PROGRESS, ...PROJECTIONS.map(({ collection }) => collection)]);
    await this.runner.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop();
  }
}
