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
import { StartupSelfTest } from './policy/startup-self-test.js';
import { startProblem } from './start-problem.js';
import { ServerKeys } from './auth/server-keys.js';
import { ProjectionRunner } from './views/runner.js';

/** A serving gateway. */
export interface Gateway {
  readonly app: NestFastifyApplication;
  /** Where it listens, e.g. `http://127.0.0.1:4242`. */
  readonly url: string;
  /** The first account's key, when this start generated it; shown nowhere else. */
  readonly generatedKey: string | undefined;
  /** True when a first key was given that nobody holds: the ledger had its keys already. */
  readonly isFirstKeyUnused: boolean;
  /** The operator's token, when this start generated it. */
  readonly generatedAdminToken: string | undefined;
  /**
   * Refuses new calls, lets those in flight finish (aborting them after the drain time-out), then closes everything.
   */
  stop(): Promise<void>;
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
  const ids = new SystemIds();
  const adminToken = config.adminToken();
  const server = httpServer(config, clock, ids);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(config, config.roles, clock, ids), server, {
    logger: new JsonLogger(config),
    abortOnError: false,
  });
  app.useGlobalFilters(new ErrorEnvelope());
  const damage = await app.get(EventStore).inspect();
  if (damage !== undefined) {
    await app.close();
    throw damaged(damage);
  }
  guardRoutes(server, app.get(FrontDoor), config);
  await app.init();
  let keys: FirstKey;
  try {
    keys = await prepare(app, config);
    await app.listen({ port: config.port, host: config.host, backlog: BACKLOG });
  } catch (error) {
    await app.close();
    throw error;
  }
  return {
    app,
    url: await app.getUrl(),
    ...keys,
    generatedAdminToken: adminToken.generated ? adminToken.text : undefined,
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

/** What became of the first account's key. */
type FirstKey = Pick<Gateway, 'generatedKey' | 'isFirstKeyUnused'>;

/** Everything that must be true before the first call is taken. */
async function prepare(app: NestFastifyApplication, { bootstrapKey }: Config): Promise<FirstKey> {
  const generatedKey = await app.get(CommandBus).execute(new OpenFirstAccount());
  await app.get(PublishedPrices).refresh();
  await app.get(UsageSpool).begin();
  await app.get(StartupSelfTest).run();
  const isCurrent = await app.get(ProjectionRunner).reached(await app.get(EventStore).head(), CATCH_UP_MS);
  const digest = bootstrapKey === undefined || !isCurrent ? undefined : hash('sha256', bootstrapKey, 'hex');
  const isFirstKeyUnused = digest !== undefined && (await app.get(ServerKeys).holderOf(digest)) === undefined;
  return { generatedKey, isFirstKeyUnused };
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
 * code 1.
 */
export async function serveUntilStopped(): Promise<void> {
  Buffer.poolSize = BUFFER_POOL_BYTES;
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
  try {
    const gateway = await serve(loadConfig());
    await giveBackMemory();
    announce(gateway);
    const stop = () => void gateway.stop().then(() => process.exit(0));
    process.once('SIGTERM', stop).once('SIGINT', stop);
  } catch (error) {
    process.stderr.write(`${startProblem(error)}\n`);
    process.exit(1);
  }
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

function announce({ url, generatedKey, isFirstKeyUnused, generatedAdminToken }: Gateway): void {
  const key = generatedKey ? `\nYour first API key, shown only now:\n\n  ${generatedKey}\n` : '';
  const unused = isFirstKeyUnused
    ? 'RINGSIDE_BOOTSTRAP_KEY was not used: the ledger already has a different key. "ringside keys create" makes a new one\n'
    : '';
  const token = generatedAdminToken
    ? `\nThe operator's token for ${url}/admin/ringside, shown only now:\n\n  ${generatedAdminToken}\n`
    : '';
  process.stdout.write(`Ringside listens on ${url}/v1\n${unused}${key}${token}`);
}
