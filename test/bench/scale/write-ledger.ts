/**
 * A process that writes a ledger as a gateway does: the composed app without its HTTP server, on a clock that the bench
 * sets, and calls that go through holds, the usage recorder, the statements and the views.
 *
 * Arguments: the data directory and the key of its first account. Each message is a `WriteOrder`; the answer is what
 * was `Written`. The process ends when its parent disconnects.
 */
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { setTimeout as delay } from 'node:timers/promises';
import { built } from './built.ts';
import { callOf, type BenchCall } from './calls.ts';

/** What is to be written: calls up to a number of events or of calls, spread evenly over a stretch of time. */
export interface WriteOrder {
  readonly events: number;
  readonly customers: number;
  /** Each customer makes one call, with tags, session and properties. */
  readonly isOneCallEach: boolean;
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What was written, and how fast; times in seconds. */
export interface Written {
  readonly events: number;
  readonly calls: number;
  readonly seconds: number;
  /** How many events the views were behind, at most while writing, and when writing ended. */
  readonly behindAtMost: number;
  readonly behindAtEnd: number;
  /** How long the views took from there to catch up. */
  readonly catchUpSeconds: number;
  readonly rssMb: number;
}

const CALLS_AT_ONCE = 256;
/** The clock runs so fast that thousands of seconds pass during a call. */
const LONGEST_CALL_MS = 60 * 24 * 3_600_000;
const SAMPLE_MS = 100;
const CATCH_UP_MS = 3_600_000;

const [dataDir, key] = process.argv.slice(2) as [string, string];
const { AppModule } = await built<typeof import('../../../src/app.module.js')>('app.module.js');
const { loadConfig } = await built<typeof import('../../../src/config/load-config.js')>('config/load-config.js');
const { SystemIds } = await built<typeof import('../../../src/config/system.js')>('config/system.js');
const { Clock } = await built<typeof import('../../../src/domain/clock.js')>('domain/clock.js');
const { PriceBook } = await built<typeof import('../../../src/domain/pricing/pricing.js')>('domain/pricing/pricing.js');
const { firstAccountId } = await built<typeof import('../../../src/ledger/accounts/first-account.js')>(
  'ledger/accounts/first-account.js',
);
const { OpenFirstAccount } = await built<typeof import('../../../src/ledger/commands/open-first-account.js')>(
  'ledger/commands/open-first-account.js',
);
const { Customers } = await built<typeof import('../../../src/ledger/customers/customers.js')>(
  'ledger/customers/customers.js',
);
const { EventStore } = await built<typeof import('../../../src/ledger/journal/event-store.js')>(
  'ledger/journal/event-store.js',
);
const { StatementRegistry } = await built<typeof import('../../../src/ledger/statements/statement-registry.js')>(
  'ledger/statements/statement-registry.js',
);
const { causeOfRequest } =
  await built<typeof import('../../../src/ledger/usage/call-cause.js')>('ledger/usage/call-cause.js');
const { UsageRecorder } = await built<typeof import('../../../src/ledger/usage/usage-recorder.js')>(
  'ledger/usage/usage-recorder.js',
);
const { UsageSpool } =
  await built<typeof import('../../../src/ledger/usage/usage-spool.js')>('ledger/usage/usage-spool.js');
const { ProjectionRunner } = await built<typeof import('../../../src/views/runner.js')>('views/runner.js');

/** A clock that stands where the bench puts it. */
class BenchClock extends Clock {
  ms = 0;

  override nowMs(): number {
    return this.ms;
  }

  override elapsedMs(): number {
    return performance.now();
  }
}

const clock = new BenchClock();
const ids = new SystemIds();
const config = loadConfig({ RINGSIDE_DATA_DIR: dataDir, RINGSIDE_BOOTSTRAP_KEY: key });
const account = firstAccountId(config.masterKey);

const app = await NestFactory.createApplicationContext(AppModule.of(config, config.roles, clock, ids), {
  logger: ['error', 'warn'],
  abortOnError: false,
});
const [customers, statements, usage] = [app.get(Customers), app.get(StatementRegistry), app.get(UsageRecorder)];
const [store, runner, prices] = [app.get(EventStore), app.get(ProjectionRunner), app.get(PriceBook)];
await app.get(UsageSpool).begin();

/** How many events a call writes is only known afterwards; this is what most do. */
const eventsOf = ({ budgetUsd }: BenchCall) => (budgetUsd === null ? 1 : 2);

async function makeCall(call: BenchCall): Promise<void> {
  const requestId = ids.next('req');
  const cap = call.budgetUsd === null ? null : BigInt(call.budgetUsd * 1e9);
  const known = customers.find(account, call.externalId);
  const customer =
    (typeof known === 'string' ? known : await known) ??
    (
      await customers.create({
        account,
        externalId: call.externalId,
        capNanoUsd: cap as never,
        actor: 'key:bench',
        requestId,
      })
    ).customer;
  // Later calls find it in memory, as those of a gateway do.
  await customers.ensure(account, call.externalId, 'key:bench', requestId);
  const cause = causeOfRequest({ account, customer, requestId, actor: 'key:bench' });
  const quote = prices.quote(call.provider, call.model, clock.nowMs());
  const placed =
    call.budgetUsd === null
      ? undefined
      : await statements.decide({
          type: 'PlaceHold',
          cause,
          hold: ids.next('hold'),
          ...call.holdOf(quote.price!),
          longestCallMs: LONGEST_CALL_MS,
        });
  if (placed && placed.kind !== 'held') throw new Error(`a hold was not placed, but ${placed.kind}`);
  await usage.record(account, customer, {
    cause,
    personal: call.personal,
    usage: call.usageOf(quote),
    hold: placed?.hold,
    transaction: ids.next('txn'),
  });
}

async function write({ events, customers: count, isOneCallEach, fromMs, toMs }: WriteOrder): Promise<Written> {
  clock.ms = Math.max(clock.ms, fromMs);
  await app.get(CommandBus).execute(new OpenFirstAccount());
  const firstPosition = await store.head();
  const started = performance.now();
  const total = isOneCallEach ? count : events;
  let [begun, calls, behindAtMost] = [0, 0, 0];
  const work = async () => {
    while (begun < total) {
      const call = callOf(calls++, count, isOneCallEach);
      begun += isOneCallEach ? 1 : eventsOf(call);
      clock.ms = Math.max(clock.ms, Math.floor(fromMs + ((toMs - fromMs) * begun) / total));
      await makeCall(call);
    }
  };
  const sampling = setInterval(
    () => void store.head().then((head) => (behindAtMost = Math.max(behindAtMost, head - runner.position))),
    SAMPLE_MS,
  );
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  clearInterval(sampling);
  const seconds = (performance.now() - started) / 1000;
  const head = await store.head();
  const behindAtEnd = head - runner.position;
  const catchingUp = performance.now();
  if (!(await runner.reached(head, CATCH_UP_MS))) throw new Error('the views did not catch up');
  const catchUpSeconds = (performance.now() - catchingUp) / 1000;
  const rssMb = process.memoryUsage.rss() / 1e6;
  return { events: head - firstPosition, calls, seconds, behindAtMost, behindAtEnd, catchUpSeconds, rssMb };
}

process.on('message', (order: WriteOrder) => {
  void write(order).then(
    (written) => process.send!(written),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once(
  'disconnect',
  () =>
    void app
      .close()
      .then(() => delay(0))
      .then(() => process.exit(0)),
);
process.send!('ready');
