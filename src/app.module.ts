import { join } from 'node:path';
import { Module, type DynamicModule, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Config } from './config/config.js';
import { PriceList } from './config/price-list.js';
import { Clock } from './domain/clock.js';
import { IdSource } from './domain/ids.js';
import { PriceBook } from './domain/pricing.js';
import { Targets } from './domain/target.js';
import { CompleteChatHandler } from './gateway/complete-chat.js';
import { ChatCompletionsController } from './http/chat-completions.controller.js';
import { CustomersController } from './http/customers.controller.js';
import { Drain } from './http/drain.js';
import { HealthController } from './http/health.controller.js';
import { RequestsController } from './http/requests.controller.js';
import { UsageController } from './http/usage.controller.js';
import { SqliteEventStore } from './ledger/adapters/sqlite-event-store.js';
import { SqliteSubjectStore } from './ledger/adapters/sqlite-subject-store.js';
import { Book } from './ledger/book.js';
import { CreateCustomerHandler } from './ledger/commands/create-customer.js';
import { OpenFirstAccountHandler } from './ledger/commands/open-first-account.js';
import { UpdateCustomerHandler } from './ledger/commands/update-customer.js';
import { Customers } from './ledger/customers.js';
import { EventStore } from './ledger/event-store.js';
import { StatementDesk } from './ledger/statement-desk.js';
import { StatementSnapshots } from './ledger/statement-snapshots.js';
import { SubjectStore } from './ledger/subject-store.js';
import { Subjects } from './ledger/subjects.js';
import { Meter } from './meter/meter.js';
import { TokenCounter } from './meter/token-counter.js';
import { AdmissionDesk } from './policy/admission.js';
import { Upstream } from './upstream/upstream.js';
import { SqliteDocumentStore } from './views/adapters/sqlite-document-store.js';
import { DocumentStore } from './views/document-store.js';
import { EventDecoder } from './views/event-decoder.js';
import { PROJECTIONS } from './views/projections/index.js';
import { statements, type StatementDocument } from './views/projections/statements.js';
import { queryHandlers } from './views/queries/index.js';
import { ProjectionRunner } from './views/runner.js';

/** Opens the views' store in a directory, making it when it is missing. */
export function openDocuments(directory: string): Promise<DocumentStore> {
  return SqliteDocumentStore.open(join(directory, 'views.db'));
}

const http = [ChatCompletionsController, CustomersController, UsageController, RequestsController, HealthController];

const calls = [CompleteChatHandler, AdmissionDesk, Upstream, { provide: Targets, useExisting: Upstream }, Meter, TokenCounter, Drain];

const ledger = [
  Book,
  Subjects,
  Customers,
  StatementDesk,
  OpenFirstAccountHandler,
  CreateCustomerHandler,
  UpdateCustomerHandler,
  { provide: EventStore, inject: [Config], useFactory: ({ dataDir }: Config) => SqliteEventStore.open(join(dataDir, 'ledger.db')) },
  { provide: SubjectStore, inject: [Config], useFactory: ({ dataDir }: Config) => SqliteSubjectStore.open(join(dataDir, 'subjects.db')) },
  {
    provide: StatementSnapshots,
    inject: [DocumentStore],
    useFactory: (documents: DocumentStore): StatementSnapshots => ({
      find: async (stream) => (await documents.getMany<StatementDocument>(statements.collection.name, [stream]))[0],
    }),
  },
];

const views = [
  ...queryHandlers,
  { provide: DocumentStore, inject: [Config], useFactory: ({ dataDir }: Config) => openDocuments(dataDir) },
  { provide: EventDecoder, useExisting: Book },
  {
    provide: ProjectionRunner,
    inject: [EventStore, EventDecoder, DocumentStore],
    useFactory: (events: EventStore, decoder: EventDecoder, documents: DocumentStore) =>
      new ProjectionRunner(PROJECTIONS, events, decoder, documents),
  },
];

/** The composition root: which adapter stands behind each port. Nothing else imports an adapter. */
@Module({})
export class AppModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly runner: ProjectionRunner,
    private readonly documents: DocumentStore,
    private readonly events: EventStore,
    private readonly subjects: SubjectStore,
  ) {}

  static of(config: Config, clock: Clock, ids: IdSource): DynamicModule {
    const settings = [
      { provide: Config, useValue: config },
      { provide: Clock, useValue: clock },
      { provide: IdSource, useValue: ids },
      { provide: PriceBook, useClass: PriceList },
    ];
    return {
      module: AppModule,
      imports: [CqrsModule.forRoot()],
      controllers: http,
      providers: [...settings, ...calls, ...ledger, ...views],
    };
  }

  async onModuleInit(): Promise<void> {
    await this.runner.start();
  }

  /** The stores close last, readers before what they read. */
  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop();
    await this.documents.close();
    await this.events.close();
    await this.subjects.close();
  }
}
