import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { ADMIN_TOKEN, ADMIN_TOKEN_RULE } from './admin-token.js';
import { ALL_ROLES } from './roles.js';

/** The message of a failed rule is what the variable must be; `load-config.ts` adds its name and what it was. */
const mustBe = (message: string) => ({ message });

/** Turns a number's text into the number; anything else stays as it is and fails its rule. */
const AsNumber = () =>
  Transform(({ value }) => (typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value));

const port = mustBe('a port number from 0 to 65535');
const megabytes = mustBe('a whole number of megabytes from 1 to 1024');
const timeout = mustBe('a whole number of milliseconds from 1 to 86400000');
const connections = mustBe('a whole number of connections from 1 to 1000000');
const workers = mustBe('a whole number of processes from 1 to 64');
const retries = mustBe('a whole number from 0 to 10');
const depth = mustBe('a whole number from 8 to 1000');
const count = mustBe('a whole number from 1 to 1000000000');
const DAY_MS = 86_400_000;
const MOST_COUNT = 1_000_000_000;
const MOST_CONNECTIONS = 1_000_000;

/** The environment variables Ringside reads, with their defaults (api.md §14). A setting is one property here. */
export class Environment {
  @AsNumber() @IsInt(port) @Min(0, port) @Max(65_535, port) PORT = 4242;

  @IsString() @MinLength(1, mustBe('a host name or address')) HOST = '127.0.0.1';

  @IsString() @MinLength(1, mustBe('a directory')) RINGSIDE_DATA_DIR = '.ringside';

  /** Which parts this process plays; `rolesOf` has the rule. */
  @IsString() RINGSIDE_ROLES = ALL_ROLES;

  /** How many processes take calls; with more than one, the process that is started owns what they share. */
  @AsNumber() @IsInt(workers) @Min(1, workers) @Max(64, workers) RINGSIDE_WORKERS = 1;

  @IsOptional() @Matches(/^[A-Za-z0-9+/]{43}=$/, mustBe('32 bytes in base64')) RINGSIDE_MASTER_KEY?: string;

  @IsOptional()
  @Matches(/^ko_[0-9A-Za-z]{32,}$/, mustBe('"ko_" and at least 32 letters or digits'))
  RINGSIDE_BOOTSTRAP_KEY?: string;

  @IsOptional() @Matches(ADMIN_TOKEN, mustBe(ADMIN_TOKEN_RULE)) RINGSIDE_ADMIN_TOKEN?: string;

  /** The monthly budget of customers that are made without one. */
  @IsOptional()
  @Matches(/^\d{1,15}(\.\d{1,9})?$/, mustBe('an amount of USD, not negative, with at most 9 decimals'))
  RINGSIDE_DEFAULT_CUSTOMER_BUDGET_USD?: string;

  /** Whether an account's own credit is only counted, or calls that it does not cover are refused. */
  @IsIn(['track', 'enforce'], mustBe('track or enforce')) RINGSIDE_ACCOUNT_CREDIT: 'track' | 'enforce' = 'track';

  @IsIn(['on', 'off'], mustBe('on or off')) RINGSIDE_SANDBOX: 'on' | 'off' = 'on';

  @IsIn(
    ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    mustBe('silent, fatal, error, warn, info, debug or trace'),
  )
  LOG_LEVEL: 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' = 'info';

  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(1024, megabytes) RINGSIDE_BODY_LIMIT_MB = 10;
  /** What the bodies of an account's calls hold together; beyond it requests are refused. */
  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(65_536, megabytes) RINGSIDE_BODY_LIMIT_HELD_MB = 128;

  /** Connections at one time, in all and from one address. A proxy in front of the gateway is one address. */
  @AsNumber() @IsInt(connections) @Min(1, connections) @Max(MOST_CONNECTIONS, connections) RINGSIDE_MAX_CONNECTIONS =
    10_000;
  @AsNumber()
  @IsInt(connections)
  @Min(1, connections)
  @Max(MOST_CONNECTIONS, connections)
  RINGSIDE_MAX_CONNECTIONS_PER_ADDRESS = 5_000;

  /**
   * Time-outs of requests: for the head to come, then for the body, from there to the answer's last byte in all, and
   * until the next request.
   */
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_HEAD_TIMEOUT_MS = 10_000;
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_BODY_TIMEOUT_MS = 30_000;
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_REQUEST_TIMEOUT_MS = 3_600_000;
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_KEEP_ALIVE_TIMEOUT_MS = 72_000;

  /** How much of the disk is set aside at most for the usage of calls under way. */
  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(1024, megabytes) RINGSIDE_SPOOL_RESERVE_MB = 64;

  /** Time-outs of upstream calls: to connect, to the answer's head, between two of its bytes, and for all of it. */
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_UPSTREAM_CONNECT_TIMEOUT_MS = 10_000;
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_UPSTREAM_HEADERS_TIMEOUT_MS = 600_000;
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_UPSTREAM_IDLE_TIMEOUT_MS = 120_000;
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_UPSTREAM_TOTAL_TIMEOUT_MS = 900_000;

  /** How often a model that failed is tried again, before the caller is told. */
  @AsNumber() @IsInt(retries) @Min(0, retries) @Max(10, retries) RINGSIDE_UPSTREAM_RETRIES = 2;

  /** How long one read of usage or margin may take before it is given up. */
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_READ_TIMEOUT_MS = 60_000;
  /** How many connection pools to origins are kept; the ones that were used last stay. */
  @AsNumber() @IsInt(count) @Min(1, count) @Max(MOST_COUNT, count) RINGSIDE_UPSTREAM_POOLS = 500;

  /**
   * The most that is taken of one whole answer: bytes, for vectors too, memory when it is read, nesting, choices and
   * tool calls.
   */
  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(1024, megabytes) RINGSIDE_ANSWER_LIMIT_MB = 32;
  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(1024, megabytes) RINGSIDE_ANSWER_LIMIT_VECTORS_MB = 256;
  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(1024, megabytes) RINGSIDE_ANSWER_LIMIT_MEMORY_MB = 256;
  /** What the large answers of an account hold together; beyond it they wait for the eldest of them. */
  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(1024, megabytes) RINGSIDE_ANSWER_LIMIT_HELD_MB = 32;
  @AsNumber() @IsInt(depth) @Min(8, depth) @Max(1000, depth) RINGSIDE_ANSWER_LIMIT_DEPTH = 128;
  @AsNumber() @IsInt(count) @Min(1, count) @Max(MOST_COUNT, count) RINGSIDE_ANSWER_LIMIT_CHOICES = 256;
  @AsNumber() @IsInt(count) @Min(1, count) @Max(MOST_COUNT, count) RINGSIDE_ANSWER_LIMIT_TOOL_CALLS = 4096;

  /** The most that is taken of one stream: bytes in all, bytes of one event, and events. */
  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(1024, megabytes) RINGSIDE_STREAM_LIMIT_MB = 256;
  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(1024, megabytes) RINGSIDE_STREAM_LIMIT_EVENT_MB = 16;
  @AsNumber() @IsInt(count) @Min(1, count) @Max(MOST_COUNT, count) RINGSIDE_STREAM_LIMIT_EVENTS = 2_000_000;

  /** The most bytes of images by URL that all calls together hold at once. */
  @AsNumber() @IsInt(megabytes) @Min(1, megabytes) @Max(1024, megabytes) RINGSIDE_IMAGES_LIMIT_MB = 128;

  /** How long a caller may take nothing of what it is sent before it is given up. */
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_CALLER_IDLE_TIMEOUT_MS = 120_000;

  /** How long a stopping process waits for the calls in flight before it aborts them. */
  @AsNumber() @IsInt(timeout) @Min(1, timeout) @Max(DAY_MS, timeout) RINGSIDE_DRAIN_TIMEOUT_MS = 30_000;
}

/** Variables of the public contract that this version cannot honour: ignoring them would break a promise silently. */
export const NOT_YET_SUPPORTED = ['EVENTSTORE_URL', 'MONGODB_URL', 'NATS_URL'] as const;
