import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AuthModule } from './auth/auth.module.js';
import { Config, type Role } from './config/config.js';
import { Clock } from './domain/clock.js';
import { IdSource } from './domain/ids.js';
import { EnginesModule } from './engines.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HttpModule } from './http/http.module.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { Journal } from './ledger/journal/journal.js';
import { JournalModule } from './ledger/journal/journal.module.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { MeterModule } from './meter/meter.module.js';
import { PolicyModule } from './policy/policy.module.js';
import { RateLimitBuckets, RateLimits } from './policy/rate-limits/rate-limits.js';
import { UpstreamModule } from './upstream/upstream.module.js';
import { EventDecoder } from './views/event-decoder.js';
import { QueriesModule } from './views/queries/queries.module.js';
import { ProjectionRunner } from './views/runner.js';
import { RunnerInThread } from './views/thread/runner-in-thread.js';
import { ViewsModule } from './views/views.module.js';
import type { ViewsSettings } from './views.worker.js';
import type { OwnerLink } from './workers/owner-link.js';
import { RateLimitsOfOwner } from './workers/rate-limits-of-owner.js';
import { RunnerOfOwner } from './workers/runner-of-owner.js';

/** Configuration, time and ids, for every room. */
@Global()
@Module({})
class SettingsModule {}

/**
 * The composition root: which rooms a process is made of, and what each is given. A room's module says what it
 * provides; only here it is said where that comes from. Nest starts the rooms that others need first, and stops them
 * last.
 */
@Module({})
export class AppModule {
  /** @param owner of a worker: who counts and folds for it; undefined where this process does that itself */
  static of(config: Config, roles: readonly Role[], clock: Clock, ids: IdSource, owner?: OwnerLink): DynamicModule {
    const settings: DynamicModule = {
      module: SettingsModule,
      providers: [
        { provide: Config, useValue: config },
        { provide: Clock, useValue: clock },
        { provide: IdSource, useValue: ids },
      ],
      exports: [Config, Clock, IdSource],
    };
    return { module: AppModule, imports: [CqrsModule.forRoot(), settings, EnginesModule, ...roomsOf(roles, owner)] };
  }
}

/** The rooms that the roles need; each brings those that it is given. */
function roomsOf(roles: readonly Role[], owner: OwnerLink | undefined): DynamicModule[] {
  const journal: DynamicModule = { module: JournalModule };
  const views: DynamicModule = {
    module: ViewsModule,
    imports: [journal],
    providers: [
      { provide: EventDecoder, useExisting: Journal },
      owner
        ? { provide: ProjectionRunner, useValue: new RunnerOfOwner(owner) }
        : { provide: ProjectionRunner, inject: [Config], useFactory: viewsInThread },
    ],
    exports: [EventDecoder, ProjectionRunner],
  };
  const ledger: DynamicModule = { module: LedgerModule, imports: [journal, views] };
  const upstream: DynamicModule = { module: UpstreamModule };
  const meter: DynamicModule = { module: MeterModule, imports: [ledger] };
  const policy: DynamicModule = {
    module: PolicyModule,
    imports: [journal, ledger, upstream, meter],
    providers: [
      owner
        ? { provide: RateLimits, useValue: new RateLimitsOfOwner(owner) }
        : { provide: RateLimits, inject: [Clock], useFactory: (clock: Clock) => new RateLimitBuckets(clock) },
    ],
  };
  const idempotency: DynamicModule = { module: IdempotencyModule, imports: [journal] };
  const gateway: DynamicModule = { module: GatewayModule, imports: [idempotency, policy, upstream, meter] };
  const queries: DynamicModule = { module: QueriesModule, imports: [views, ledger, upstream, policy] };
  const auth: DynamicModule = { module: AuthModule, imports: [views, ledger] };
  const http: DynamicModule = { module: HttpModule, imports: [auth, gateway, queries, upstream, policy] };

  const rooms: Record<Role, DynamicModule> = { gateway: http, projector: views };
  return roles.map((role) => rooms[role]);
}

/** The module of the thread that folds the views; under a test runner it is TypeScript, as this one is. */
const VIEWS_THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './views.worker.ts' : './views.worker.js',
  import.meta.url,
);

function viewsInThread({ dataDir, masterKey }: Config): ProjectionRunner {
  return new RunnerInThread(VIEWS_THREAD, { dataDir, masterKey } satisfies ViewsSettings);
}
