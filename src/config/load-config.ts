import { resolve } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { adminTokenOf } from './admin-token.js';
import { ConfigError, type AdminToken, type AnswerLimits, type Config } from './config.js';
import { Environment, NOT_YET_SUPPORTED } from './environment.js';
import { parseUsd, type NanoUsd } from '../domain/money.js';
import { masterKeyOf } from './master-key.js';
import { rolesOf } from './roles.js';

const MEGABYTE = 1024 * 1024;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the environment. The data directory and its master key are made when they are missing, unless
 * `mayMake` is false.
 * @throws ConfigError on the first variable that is wrong
 */
export function loadConfig(
  variables: Variables = process.env,
  { mayMake = true }: { readonly mayMake?: boolean } = {},
): Config {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const notYet = NOT_YET_SUPPORTED.find((name) => given[name] !== undefined);
  if (notYet) throw new ConfigError(`${notYet} is not supported by this version of Ringside; unset the variable`);

  const environment = checked(given);
  if (environment.RINGSIDE_WORKERS > 1 && environment.RINGSIDE_ACCOUNT_CREDIT === 'enforce')
    throw new ConfigError(
      "RINGSIDE_WORKERS must be 1 while RINGSIDE_ACCOUNT_CREDIT is enforce: what an account's calls may draw is counted in one process",
    );
  for (const [name, value] of Object.entries(given)) if (name.endsWith('_BASE_URL')) requireUrl(name, value!);

  const dataDir = resolve(environment.RINGSIDE_DATA_DIR);
  let adminToken: AdminToken | undefined;
  return Object.freeze<Config>({
    port: environment.PORT,
    host: environment.HOST,
    roles: Object.freeze(rolesOf(environment.RINGSIDE_ROLES)),
    dataDir,
    masterKey: masterKeyOf(dataDir, environment.RINGSIDE_MASTER_KEY, mayMake),
    bootstrapKey: environment.RINGSIDE_BOOTSTRAP_KEY,
    adminToken: () => (adminToken ??= adminTokenOf(dataDir, environment.RINGSIDE_ADMIN_TOKEN)),
    defaultCustomerBudget: budgetOf(environment.RINGSIDE_DEFAULT_CUSTOMER_BUDGET_USD),
    accountCredit: environment.RINGSIDE_ACCOUNT_CREDIT,
    sandbox: environment.RINGSIDE_SANDBOX === 'on',
    logLevel: environment.LOG_LEVEL,
    bodyLimitBytes: environment.RINGSIDE_BODY_LIMIT_MB * MEGABYTE,
    // One body always passes.
    heldBodyBytes: Math.max(environment.RINGSIDE_BODY_LIMIT_HELD_MB, environment.RINGSIDE_BODY_LIMIT_MB) * MEGABYTE,
    spoolReserveBytes: environment.RINGSIDE_SPOOL_RESERVE_MB * MEGABYTE,
    connectionLimits: Object.freeze({
      inAll: environment.RINGSIDE_MAX_CONNECTIONS,
      perAddress: environment.RINGSIDE_MAX_CONNECTIONS_PER_ADDRESS,
      headTimeoutMs: environment.RINGSIDE_HEAD_TIMEOUT_MS,
      bodyTimeoutMs: environment.RINGSIDE_BODY_TIMEOUT_MS,
      requestTimeoutMs: environment.RINGSIDE_REQUEST_TIMEOUT_MS,
      keepAliveTimeoutMs: environment.RINGSIDE_KEEP_ALIVE_TIMEOUT_MS,
    }),
    upstreamTimeouts: Object.freeze({
      connectTimeoutMs: environment.RINGSIDE_UPSTREAM_CONNECT_TIMEOUT_MS,
      headersTimeoutMs: environment.RINGSIDE_UPSTREAM_HEADERS_TIMEOUT_MS,
      idleTimeoutMs: environment.RINGSIDE_UPSTREAM_IDLE_TIMEOUT_MS,
      totalTimeoutMs: environment.RINGSIDE_UPSTREAM_TOTAL_TIMEOUT_MS,
    }),
    answerLimits: answerLimitsOf(environment),
    upstreamPools: environment.RINGSIDE_UPSTREAM_POOLS,
    imageBytes: environment.RINGSIDE_IMAGES_LIMIT_MB * MEGABYTE,
    callerIdleTimeoutMs: environment.RINGSIDE_CALLER_IDLE_TIMEOUT_MS,
    upstreamRetries: environment.RINGSIDE_UPSTREAM_RETRIES,
    readTimeoutMs: environment.RINGSIDE_READ_TIMEOUT_MS,
    drainTimeoutMs: environment.RINGSIDE_DRAIN_TIMEOUT_MS,
    workers: environment.RINGSIDE_WORKERS,
    providerSetting: (names) => names.map((name) => given[name]).find((value) => value !== undefined),
  });
}

function checked(given: Variables): Environment {
  const names = Object.keys(new Environment());
  const known = Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
  const environment = plainToInstance(Environment, known, { exposeDefaultValues: true });
  const [wrong] = validateSync(environment, { forbidUnknownValues: false });
  if (wrong)
    throw malformed(
      wrong.property,
      Object.values(wrong.constraints ?? {})[0] ?? 'well-formed',
      given[wrong.property] ?? '',
    );
  return environment;
}

function answerLimitsOf(environment: Environment): AnswerLimits {
  return Object.freeze({
    bytes: environment.RINGSIDE_ANSWER_LIMIT_MB * MEGABYTE,
    vectorBytes: environment.RINGSIDE_ANSWER_LIMIT_VECTORS_MB * MEGABYTE,
    memoryBytes: environment.RINGSIDE_ANSWER_LIMIT_MEMORY_MB * MEGABYTE,
    heldBytes: environment.RINGSIDE_ANSWER_LIMIT_HELD_MB * MEGABYTE,
    depth: environment.RINGSIDE_ANSWER_LIMIT_DEPTH,
    choices: environment.RINGSIDE_ANSWER_LIMIT_CHOICES,
    toolCalls: environment.RINGSIDE_ANSWER_LIMIT_TOOL_CALLS,
    streamBytes: environment.RINGSIDE_STREAM_LIMIT_MB * MEGABYTE,
    eventBytes: environment.RINGSIDE_STREAM_LIMIT_EVENT_MB * MEGABYTE,
    events: environment.RINGSIDE_STREAM_LIMIT_EVENTS,
  });
}

function budgetOf(text: string | undefined): NanoUsd | null {
  return text === undefined ? null : parseUsd(text)!;
}

function requireUrl(name: string, value: string): void {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') throw malformed(name, 'an http or https URL', value);
}

function malformed(name: string, mustBe: string, was: string): ConfigError {
  const shown = /KEY|TOKEN|SECRET/.test(name) ? 'something else (not shown)' : JSON.stringify(was);
  return new ConfigError(`${name} must be ${mustBe}, but was ${shown}`);
}
