import cluster from 'node:cluster';
import { hash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { Config, ConfigError } from './config/config.js';
import { loadConfig } from './config/load-config.js';
import { JsonLogger } from './config/logger.js';
import { SystemClock, SystemIds } from './config/system.js';
import type { Clock } from './domain/clock.js';
import { Drain } from './http/server/drain.js';
import { ErrorEnvelope } from './http/server/error-envelope.js';
import { guardRoutes, httpServer } from './http/server.js';
import { FrontDoor } from './http/server/front-door.js';
import { OpenFirstAccount } from './ledger/commands/open-first-account.js';
import { EventStore } from './ledger/journal/event-store.js';
import { PublishedPrices } from './ledger/platform/published-prices.js';
import { UsageSpool } from './ledger/usage/usage-spool.js';
import { RateLimits } from './policy/rate-limits/rate-limits.js';
import { StartupSelfTest } from './policy/startup-self-test.js';
import { startProblem } from './start-problem.js';
import { ServerKeys } from './auth/server-keys.js';
import { ProjectionRunner } from './views/runner.js';
import { MessageLine } from './workers/message-line.js';
import type { FromOwner, FromWorker } from './workers/messages.js';
import { OwnerLink } from './workers/owner-link.js';
import { WorkerGroup } from './workers/worker-group.js';

/** A serving gateway. */
export interface Gateway extends FirstSecrets {
  readonly app: NestFastifyApplication;
  /** Where it listens, e.g. `http://127.0.0.1:4242`. */
  readonly url: string;
  /**
   * Refuses new calls, lets those in flight finish (aborting them after the drain time-out), then closes everything.
   */
  stop(): Promise<void>;
}

/** What a start made, or was given, for whoever comes first. */
interface FirstSecrets {
  /** The first account's key, when this start generated it; shown nowhere else. */
  readonly generatedKey: string | undefined;
  /** True when a first key was given that nobody holds: the ledger had its keys already. */
  readonly isFirstKeyUnused: boolean;
  /** The operator's token, when this start generated it. */
  readonly generatedAdminToken: string | undefined;
}

/** How long a start waits for the views; further behind, the gateway listens and `/readyz` says so. */
const CATCH_UP_MS = 60_000;

/** How long callers may take, once every call is over, to read the last of what was sent to them. */
const LINGER_MS = 5000;

/**
 * How many connections may come at the same moment, as far as the machine allows; Node's own 511 are fewer than a burst
 * of callers.
 */
const BACKLOG = 4096;

/** Builds the app, opens the first account on an empty ledger, books what an earlier process could not, and listens. */
export async function serve(config: Config, clock: Clock = new SystemClock()): Promise<Gateway> {
  const app = await build(config, clock);
  return closingOnFailure(app, async () => {
    const secrets = await prepareFirst(app, config);
    return { ...(await listen(app, config)), ...secrets };
  });
}

/**
 * As `serve`, with workers that listen in place of this process. What is made once is made before they start; then this
 * process folds the views and counts for all of them.
 */
async function serveByWorkers(config: Config): Promise<Omit<Gateway, 'app'>> {
  const clock = new SystemClock();
  const app = await build(config, clock);
  return closingOnFailure(app, async () => {
    const secrets = await prepareFirst(app, config);
    await giveBackMemory();
    const workers = new WorkerGroup(
      { count: config.workers, drainTimeoutMs: config.drainTimeoutMs },
      { views: app.get(ProjectionRunner), rateLimits: app.get(RateLimits) },
      clock,
    );
    const url = await workers.start();
    const stop = async () => {
      await workers.stop();
      await app.close();
    };
    return { url, ...secrets, stop };
  });
}

/** As `serve`, for a worker: its owner has made what is made once. */
async function serveForOwner(config: Config, owner: OwnerLink): Promise<Pick<Gateway, 'url' | 'stop'>> {
  const app = await build(config, new SystemClock(), owner);
  return closingOnFailure(app, async () => {
    await prepare(app);
    return listen(app, config);
  });
}

async function build(config: Config, clock: Clock, owner?: OwnerLink): Promise<NestFastifyApplication> {
  // What cannot be made stops the start before anything is open.
  config.adminToken();
  const ids = new SystemIds();
  const server = httpServer(config, clock, ids);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(config, config.roles, clock, ids, owner),
    server,
    { logger: new JsonLogger(config), abortOnError: false },
  );
  app.useGlobalFilters(new ErrorEnvelope());
  const damage = owner ? undefined : await app.get(EventStore).inspect();
  if (damage !== undefined) {
    await app.close();
    throw damaged(damage);
  }
  guardRoutes(server, app.get(FrontDoor), config);
  await app.init();
  return app;
}

async function closingOnFailure<Result>(app: NestFastifyApplication, start: () => Promise<Result>): Promise<Result> {
  try {
    return await start();
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(app: NestFastifyApplication, config: Config): Promise<Pick<Gateway, 'app' | 'url' | 'stop'>> {
  await app.listen({ port: config.port, host: config.host, backlog: BACKLOG });
  return {
    app,
    url: await app.getUrl(),
    stop: async () => {
      await app.get(Drain).finish(config.drainTimeoutMs);
      const lingering = setTimeout(() => app.getHttpServer().closeAllConnections(), LINGER_MS);
      await app.close();
      clearTimeout(lingering);
    },
  };
}

/** Caps that are decided on a damaged book would not hold, so it stops the start. */
function damaged(how: string): ConfigError {
  return new ConfigError(
    `ledger.db in RINGSIDE_DATA_DIR is damaged (${how}): "ringside audit verify" lists what cannot be read; restore a backup`,
  );
}

/** Opens the first account and makes everything else that must be true before the first call is taken. */
async function prepareFirst(app: NestFastifyApplication, config: Config): Promise<FirstSecrets> {
  const { bootstrapKey } = config;
  const adminToken = config.adminToken();
  const generatedKey = await app.get(CommandBus).execute(new OpenFirstAccount());
  await prepare(app);
  const isCurrent = await app.get(ProjectionRunner).reached(await app.get(EventStore).head(), CATCH_UP_MS);
  const digest = bootstrapKey === undefined || !isCurrent ? undefined : hash('sha256', bootstrapKey, 'hex');
  const isFirstKeyUnused = digest !== undefined && (await app.get(ServerKeys).holderOf(digest)) === undefined;
  return { generatedKey, isFirstKeyUnused, generatedAdminToken: adminToken.generated ? adminToken.text : undefined };
}

/** What every process that takes calls, or owns those that do, has to have done before. */
async function prepare(app: NestFastifyApplication): Promise<void> {
  await app.get(PublishedPrices).refresh();
  await app.get(UsageSpool).begin();
  await app.get(StartupSelfTest).run();
}

/**
 * Bytes of the blocks that small buffers are cut from. Node's 64 kB are kept by each piece of an answer that waits for
 * a slow caller, with all that is in the block beside it.
 */
const BUFFER_POOL_BYTES = 8 * 1024;

/**
 * Settings of V8 that work from here on; docs/performance.md has what each gives.
 *
 * - The old space may grow by six tenths before it is collected again. V8 itself lets it grow to four times what is live.
 * - Threads that start after this have a small new space: they keep little between two questions.
 * - Nor do they each get a copy of V8's built-in functions, which is 2 MB a thread.
 */
const V8_FLAGS = ['--heap-growing-percent=60', '--max-semi-space-size=4', '--no-short-builtin-calls'];

/**
 * The server as a process: says where it listens and stops on SIGTERM and SIGINT. A wrong setting is one line and exit
 * code 1. A process that an owner has started is one of its workers.
 */
export async function serveUntilStopped(): Promise<void> {
  Buffer.poolSize = BUFFER_POOL_BYTES;
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
  if (cluster.isWorker) return workUntilStopped();
  try {
    const config = loadConfig();
    const gateway = await (config.workers > 1 ? serveByWorkers(config) : serve(config));
    if (config.workers === 1) await giveBackMemory();
    announce(gateway);
    stopOnSignals(gateway.stop);
  } catch (error) {
    process.stderr.write(`${startProblem(error)}\n`);
    process.exit(1);
  }
}

/** A worker as a process: tells its owner where it listens, and stops on signals and when its owner is gone. */
async function workUntilStopped(): Promise<void> {
  // Node would end a worker at once that has lost its owner; its calls are to finish.
  cluster.worker!.exitedAfterDisconnect = true;
  const line = new MessageLine<FromWorker, FromOwner>(process);
  try {
    const owner = new OwnerLink(line);
    const { url, stop } = await serveForOwner(loadConfig(), owner);
    await giveBackMemory();
    const stopped = stopOnSignals(stop);
    line.onLost(stopped);
    if (!process.connected) stopped();
    line.say({ listensOn: url });
  } catch (error) {
    line.say({ cannotStart: startProblem(error) });
    await line.flush();
    process.exit(1);
  }
}

/** @returns what stops the process as the signals do; once, whoever is first */
function stopOnSignals(stopGateway: () => Promise<void>): () => void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    void stopGateway().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  return stop;
}

/**
 * Collects what the start has left, which is 35 MB. V8 would keep the room for as long as the process is quiet. Nobody
 * has been told yet that the gateway listens, so nobody waits for this.
 */
async function giveBackMemory(): Promise<void> {
  try {
    const { Session } = await import('node:inspector/promises');
    const session = new Session();
    session.connect();
    await session.post('HeapProfiler.collectGarbage');
    session.disconnect();
  } catch {
    // Node was built without its inspector, or forbids it (`--permission`): the start goes on with more memory.
  }
}

function announce({
  url,
  generatedKey,
  isFirstKeyUnused,
  generatedAdminToken,
}: FirstSecrets & Pick<Gateway, 'url'>): void {
  const key = generatedKey ? `\nYour first API key, shown only now:\n\n  ${generatedKey}\n` : '';
  const unused = isFirstKeyUnused
    ? 'RINGSIDE_BOOTSTRAP_KEY was not used: the ledger already has a different key. "ringside keys create" makes a new one\n'
    : '';
  const token = generatedAdminToken
    ? `\nThe operator's token for ${url}/admin/ringside, shown only now:\n\n  ${generatedAdminToken}\n`
    : '';
  process.stdout.write(`Ringside listens on ${url}/v1\n${unused}${key}${token}`);
}
