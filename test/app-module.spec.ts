import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/app.module.js';
import { loadConfig } from '../src/config/load-config.js';
import { JsonLogger } from '../src/config/logger.js';
import { SystemClock, SystemIds } from '../src/config/system.js';
import { monthOf } from '../src/domain/clock.js';
import { Drain } from '../src/http/server/drain.js';
import { IdempotencyStore } from '../src/idempotency/idempotency-store.js';
import { KeyClaims } from '../src/idempotency/key-claims.js';
import { CreditSnapshots } from '../src/ledger/accounts/credit-snapshots.js';
import { CreditThresholdWriter } from '../src/ledger/accounts/credit-threshold-writer.js';
import { CustomerSnapshots } from '../src/ledger/streams/customer-snapshots.js';
import { RateLimitEventWriter } from '../src/ledger/customers/rate-limit-event-writer.js';
import { ChangeFeed } from '../src/ledger/journal/change-feed.js';
import { EventStore } from '../src/ledger/journal/event-store.js';
import { SubjectStore } from '../src/ledger/keys/subject-store.js';
import { ExpiringHolds } from '../src/ledger/statements/expiring-holds.js';
import { StatementSnapshots } from '../src/ledger/statements/statement-snapshots.js';
import { HoldSweeper } from '../src/ledger/usage/hold-sweeper.js';
import { Spool } from '../src/ledger/usage/spool.js';
import { UsageSpool } from '../src/ledger/usage/usage-spool.js';
import { TokenCounter } from '../src/meter/token-counter.js';
import { Upstream } from '../src/upstream/calls/upstream.js';
import { DocumentStore } from '../src/views/document-store.js';
import { customers, type CustomerDocument } from '../src/views/projections/customers.js';
import { ProjectionRunner } from '../src/views/runner.js';
import { Ringside } from './support/ringside.js';

/** A class, whatever it is made with. */
type Token<Part> = abstract new (...args: never[]) => Part;

let ringside: Ringside;
let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ringside-composed-'));
  ringside = await Ringside.start({ dir });
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('the composition root', () => {
  it('stops in order: first who writes, then who folds what was written, and the stores last', async () => {
    const { app } = ringside.gateway;
    const order: string[] = [];
    /** Notes when a part has ended; for a store, when its end begins. */
    const watch = <Method extends string>(
      part: Token<Record<Method, () => unknown>>,
      method: Method,
      name: string,
      isStore = false,
    ) => {
      const instance: Record<string, () => unknown> = app.get(part);
      const run = instance[method]!.bind(instance);
      instance[method] = async () => {
        if (isStore) order.push(name);
        await run();
        if (!isStore) order.push(name);
      };
    };
    watch(RateLimitEventWriter, 'beforeApplicationShutdown', 'rate limits');
    watch(CreditThresholdWriter, 'beforeApplicationShutdown', 'credit');
    watch(ChangeFeed, 'beforeApplicationShutdown', 'change feed');
    watch(TokenCounter, 'onApplicationShutdown', 'token counter');
    watch(Upstream, 'onApplicationShutdown', 'upstream');
    watch(KeyClaims, 'onApplicationShutdown', 'key claims');
    watch(HoldSweeper, 'onApplicationShutdown', 'hold sweeper');
    watch(UsageSpool, 'onApplicationShutdown', 'usage spool');
    watch(ProjectionRunner, 'stop', 'views');
    const stores = [EventStore, SubjectStore, DocumentStore, IdempotencyStore, Spool];
    for (const [at, store] of stores.entries()) watch<'close'>(store, 'close', `store ${at}`, true);

    // The views have yet to store what this wrote when the stop begins.
    await ringside.chat({ model: 'fc:sandbox/echo', user: 'ada' });
    await ringside.stop();

    const storesFrom = order.findIndex((name) => name.startsWith('store'));
    const users = 'change feed,credit,hold sweeper,key claims,rate limits,token counter,upstream,usage spool,views';
    expect(order.slice(0, storesFrom).toSorted().join(',')).toBe(users);
    expect(order.slice(storesFrom).toSorted()).toEqual(stores.map((_, at) => `store ${at}`));
    const runsBefore = (earlier: string, later: string) => order.indexOf(earlier) < order.indexOf(later);
    expect(
      ['hold sweeper', 'usage spool', 'rate limits', 'credit'].filter((writer) => !runsBefore(writer, 'views')),
    ).toEqual([]);
  });

  it('makes a projector of the views alone: it folds what a gateway wrote, and has nothing of a gateway', async () => {
    await ringside.chat({ model: 'fc:sandbox/echo', user: 'ada' });
    await ringside.stop();
    rmSync(join(dir, 'views.db'));

    const config = loadConfig({ RINGSIDE_DATA_DIR: dir, LOG_LEVEL: 'silent' });
    const root = AppModule.of(config, ['projector'], new SystemClock(), new SystemIds());
    const projector = await NestFactory.createApplicationContext(root, {
      logger: new JsonLogger(config),
      abortOnError: false,
    });
    const head = await projector.get(EventStore).head();
    expect(await projector.get(ProjectionRunner).reached(head, 30_000)).toBe(true);
    const folded = await projector.get(DocumentStore).find<CustomerDocument>(customers.collection.name, { limit: 10 });
    const ada = folded.find(({ externalId }) => externalId === 'ada')!;
    // What the ledger takes from the views is found there, too.
    expect(await projector.get(CustomerSnapshots).find(ada.id)).toMatchObject({ state: { externalId: 'ada' } });
    const month = monthOf(new SystemClock().nowMs());
    expect(await projector.get(StatementSnapshots).find(`statement-${ada.id}-${month}`)).toMatchObject({
      state: { month },
    });
    expect(await projector.get(CreditSnapshots).find(ada.account)).toMatchObject({
      account: ada.account,
      position: expect.any(Number),
    });
    expect(await projector.get(CreditSnapshots).unsaid(10)).toEqual([]);
    expect(await projector.get(ExpiringHolds).overdueAt(Number.MAX_SAFE_INTEGER - 1, 10)).toEqual([]);
    for (const part of [HoldSweeper, ChangeFeed, KeyClaims, Upstream, Drain])
      expect(() => projector.get(part)).toThrow(part.name);
    await projector.close();
  });
});
