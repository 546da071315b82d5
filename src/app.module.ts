import { Module, type DynamicModule, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Config } from './config/config.js';
import { PriceList } from './config/prices/price-list.js';
import { Clock } from './domain/clock.js';
import { IdSource } from './domain/ids.js';
import { ModelNames } from './domain/call/model-names.js';
import { PriceBook } from './domain/pricing/pricing.js';
import { RequestSizes } from './domain/call/request-size.js';
import { StoreFaults } from './domain/store-faults.js';
import { Targets } from './domain/call/target.js';
import { TokenCount } from './domain/call/token-count.js';
import { UsageBacklog } from './domain/usage-backlog.js';
import { StoreChecks, type CheckedStore } from './engines/store-checks.js';
import { CompleteCall } from './gateway/complete-call.js';
import { CompleteChatHandler } from './gateway/complete-chat.js';
import { CreateEmbeddingHandler } from './gateway/create-embedding.js';
import { ModerateHandler } from './gateway/moderate.js';
import { IdempotentRequests } from './gateway/idempotent-requests.js';
import { controllers } from './http/controllers.js';
import { Drain } from './http/server/drain.js';
import { IdempotentWrites } from './http/server/idempotent-writes.js';
import { Operator } from './auth/operator.js';
import { ServerKeys } from './auth/server-keys.js';
import { FrontDoor } from './http/server/front-door.js';
import { ChangeFeed } from './ledger/journal/change-feed.js';
import { Journal } from './ledger/journal/journal.js';
import { ChangeTierHandler } from './ledger/commands/change-tier.js';
import { CreateCustomerHandler } from './ledger/commands/create-customer.js';
import { CreditWalletHandler } from './ledger/commands/credit-wallet.js';
import { GrantCreditHandler } from './ledger/commands/grant-credit.js';
import { IssueServerKeyHandler } from './ledger/commands/issue-server-key.js';
import { OpenFirstAccountHandler } from './ledger/commands/open-first-account.js';
import { PublishPricesHandler } from './ledger/commands/publish-prices.js';
import { RemoveProviderKeyHandler } from './ledger/commands/remove-provider-key.js';
import { RemoveSlotHandler } from './ledger/commands/remove-slot.js';
import { SetAccountLimitsHandler } from './ledger/commands/set-account-limits.js';
import { SetBudgetHandler } from './ledger/commands/set-budget.js';
import { SetProviderKeyHandler } from './ledger/commands/set-provider-key.js';
import { SetSlotHandler } from './ledger/commands/set-slot.js';
import { UpdateCustomerHandler } from './ledger/commands/update-customer.js';
import { AccountCreditCache } from './ledger/accounts/account-credit-cache.js';
import { CreditThresholdWriter } from './ledger/accounts/credit-threshold-writer.js';
import { CreditSnapshots } from './ledger/accounts/credit-snapshots.js';
import { CustomerSnapshots } from './ledger/customers/customer-snapshots.js';
import { Customers } from './ledger/customers/customers.js';
import { EventStore } from './ledger/journal/event-store.js';
import { ExpiringHolds } from './ledger/statements/expiring-holds.js';
import { ActiveHolds } from './ledger/statements/active-holds.js';
import { HoldSweeper } from './ledger/usage/hold-sweeper.js';
import { RateLimitEventWriter } from './ledger/customers/rate-limit-event-writer.js';
import { RateLimitCache } from './ledger/customers/rate-limit-cache.js';
import { ProviderKeyCache } from './ledger/accounts/provider-key-cache.js';
import { PublishedPrices } from './ledger/platform/published-prices.js';
import { UsageRecorder } from './ledger/usage/usage-recorder.js';
import { SlotCache } from './ledger/accounts/slot-cache.js';
import { Spool } from './ledger/usage/spool.js';
import { Streams } from './ledger/streams/streams.js';
import { StatementRegistry } from './ledger/statements/statement-registry.js';
import { StatementSnapshots } from './ledger/statements/statement-snapshots.js';
import { SubjectStore } from './ledger/keys/subject-store.js';
import { Subjects } from './ledger/keys/subjects.js';
import { UsageSpool } from './ledger/usage/usage-spool.js';
import { Meter } from './meter/meter.js';
import { TokenCounter } from './meter/token-counter.js';
import { AdmissionController } from './policy/admission.js';
import { CallRecords } from './policy/call-records.js';
import { AccountCreditCheck } from './policy/checks/account-credit.js';
import { RateLimitCheck } from './policy/checks/rate-limit.js';
import { Funds } from './policy/checks/funds.js';
import { StartupSelfTest } from './policy/startup-self-test.js';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import { Idempotency } from './idempotency/idempotency.js';
import { KeyClaims } from './idempotency/key-claims.js';
import { RateLimits } from './policy/rate-limits/rate-limits.js';
import { Routes } from './policy/checks/routes.js';
import { RenderedSizes } from './upstream/calls/rendered-sizes.js';
import { AnswerSchemas } from './upstream/schemas/answer-schemas.js';
import { openDocuments, openEvents, openIdempotencyKeys, openSpool, openSubjects } from './stores.js';
import { Upstream } from './upstream/calls/upstream.js';
import { DocumentStore } from './views/document-store.js';
import { EventDecoder } from './views/event-decoder.js';
import { accounts, type AccountDocument } from './views/projections/accounts.js';
import { customers, type CustomerDocument } from './views/projections/customers.js';
import { PROJECTIONS } from './views/projections/index.js';
import { statements, type StatementDocument } from './views/projections/statements.js';
import { queryHandlers } from './views/queries/index.js';
import { ProjectionRunner } from './views/runner.js';

const calls = [
  CompleteChatHandler,
  CreateEmbeddingHandler,
  ModerateHandler,
  CompleteCall,
  AnswerSchemas,
  Routes,
  AdmissionController,
  RateLimitCheck,
  RateLimits,
  AccountCreditCheck,
  Funds,
  StartupSelfTest,
  Upstream,
  { provide: Targets, useExisting: Upstream },
  {
    provide: ModelNames,
    inject: [Targets, PriceBook, Clock],
    useFactory: (targets: Targets, prices: PriceBook, clock: Clock) => new ModelNames(targets, prices, clock),
  },
  { provide: RequestSizes, useClass: RenderedSizes },
  Meter,
  TokenCounter,
  { provide: TokenCount, useExisting: TokenCounter },
  Drain,
  FrontDoor,
  Operator,
  ServerKeys,
  IdempotentWrites,
];

const idempotency = [
  IdempotentRequests,
  Idempotency,
  KeyClaims,
  CallRecords,
  { provide: IdempotencyStore, inject: [Config], useFactory: openIdempotencyKeys },
];

const ledger = [
  Journal,
  ChangeFeed,
  Subjects,
  Streams,
  Customers,
  StatementRegistry,
  UsageRecorder,
  UsageSpool,
  { provide: UsageBacklog, useExisting: UsageSpool },
  { provide: Spool, inject: [Config], useFactory: openSpool },
  ActiveHolds,
  HoldSweeper,
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
  AccountCreditCache,
  CreditThresholdWriter,
  RateLimitCache,
  SlotCache,
  ProviderKeyCache,
  RateLimitEventWriter,
  PublishPricesHandler,
  PriceList,
  PublishedPrices,
  { provide: PriceBook, useExisting: PublishedPrices },
  { provide: EventStore, inject: [Config], useFactory: openEvents },
  { provide: SubjectStore, inject: [Config], useFactory: openSubjects },
  {
    provide: StatementSnapshots,
    inject: [DocumentStore],
    useFactory: (documents: DocumentStore): StatementSnapshots => ({
      find: async (stream) => (await documents.getManyIfAnswering<StatementDocument>(statements.collection.name, [stream]))[0],
    }),
  },
  {
    provide: CustomerSnapshots,
    inject: [DocumentStore],
    useFactory: (documents: DocumentStore): CustomerSnapshots => ({
      find: async (customer) => {
        const [state] = await documents.getManyIfAnswering<CustomerDocument>(customers.collection.name, [customer]);
        return state && { state, head: state.head };
      },
    }),
  },
  {
    provide: CreditSnapshots,
    inject: [DocumentStore, ProjectionRunner],
    useFactory: (documents: DocumentStore, runner: ProjectionRunner): CreditSnapshots => ({
      find: async (account) => {
        if (!(await runner.catchUp())) return undefined;
        const [found] = await documents.getManyIfAnswering<AccountDocument>(accounts.collection.name, [account]);
        return found && { account, credit: found.credit, position: found.position };
      },
      unsaid: async (limit) => {
        const found = await documents.find<AccountDocument>(accounts.collection.name, { where: { creditUnsaid: 1 }, limit });
        return found.map(({ id, credit, position }) => ({ account: id, credit, position }));
      },
    }),
  },
  {
    provide: ExpiringHolds,
    inject: [DocumentStore],
    useFactory: (documents: DocumentStore): ExpiringHolds => ({
      overdueAt: (unixMs, limit) =>
        documents.find<StatementDocument>(statements.collection.name, {
          range: { field: 'holdsExpireAt', from: 0, to: unixMs + 1 },
          orderBy: 'holdsExpireAt',
          limit,
        }),
    }),
  },
];

const views = [
  ...queryHandlers,
  {
    provide: StoreFaults,
    inject: [EventStore, SubjectStore, DocumentStore, IdempotencyStore, Spool],
    useFactory: (...stores: CheckedStore[]) =>
      new StoreChecks(['the ledger', 'the customers', 'the views', 'the idempotency keys', 'the spool'], stores),
  },
  { provide: DocumentStore, inject: [Config], useFactory: ({ dataDir }: Config) => openDocuments(dataDir) },
  { provide: EventDecoder, useExisting: Journal },
  {
    provide: ProjectionRunner,
    inject: [EventStore, EventDecoder, DocumentStore],
    useFactory: (events: EventStore, decoder: EventDecoder, documents: DocumentStore) =>
      new ProjectionRunner(PROJECTIONS, events, decoder, documents),
  },
];

/** The composition root: what the house is made of. */
@Module({})
export class AppModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly runner: ProjectionRunner,
    private readonly documents: DocumentStore,
    private readonly events: EventStore,
    private readonly subjects: SubjectStore,
    private readonly spool: Spool,
    private readonly keys: IdempotencyStore,
  ) {}

  static of(config: Config, clock: Clock, ids: IdSource): DynamicModule {
    const settings = [
      { provide: Config, useValue: config },
      { provide: Clock, useValue: clock },
      { provide: IdSource, useValue: ids },
    ];
    return {
      module: AppModule,
      imports: [CqrsModule.forRoot()],
      controllers,
      providers: [...settings, ...calls, ...idempotency, ...ledger, ...views],
    };
  }

  async onModuleInit(): Promise<void> {
    await this.runner.start();
  }

  /** The stores close last, readers before what they read. */
  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop();
    await this.documents.close();
    await this.spool.close();
    await this.events.close();
    await this.subjects.close();
    await this.keys.close();
  }
}
