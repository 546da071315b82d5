import type { NanoUsd } from '../domain/money.js';

/** Time-outs of upstream calls, in milliseconds. */
export interface UpstreamTimeouts {
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
}

/** The most that is taken of one provider's answer. Whatever goes beyond is `upstream_invalid_response`. */
export interface AnswerLimits {
  /** Of a whole JSON answer, in bytes; of texts that are kept until a stream ends, in UTF-16 units. */
  readonly bytes: number;
  /** Bytes of an answer that is a list of vectors. */
  readonly vectorBytes: number;
  /** Bytes of memory that a large answer may take once it is read, as an estimate. */
  readonly memoryBytes: number;
  /** Bytes that the large answers of an account hold together; beyond it they wait for the eldest. */
  readonly heldBytes: number;
  /** How deep arrays and objects may be nested. */
  readonly depth: number;
  readonly choices: number;
  /** In all choices together. */
  readonly toolCalls: number;
  /** Bytes of a stream in all. */
  readonly streamBytes: number;
  /** Bytes of one event of a stream. */
  readonly eventBytes: number;
  /** Events of a stream. */
  readonly events: number;
}

/** How many connections there may be, and how long what comes over them may take, in milliseconds. */
export interface ConnectionLimits {
  readonly inAll: number;
  /** From one IPv4 address, or one IPv6 network of 64 bits. */
  readonly perAddress: number;
  /** A request's head must have come, from its first byte or the connection's beginning. */
  readonly headTimeoutMs: number;
  /** The body must have come behind the head. */
  readonly bodyTimeoutMs: number;
  /** A request must be answered to the last byte. */
  readonly requestTimeoutMs: number;
  /** A connection may wait for its next request. */
  readonly keepAliveTimeoutMs: number;
}

/** What opens `/admin/ringside`. */
export interface AdminToken {
  readonly text: string;
  /** True when this process made it: it can be shown now, and nobody else will show it. */
  readonly generated: boolean;
}

/** A part that a process plays: it takes calls, or it folds the views. */
export type Role = 'gateway' | 'projector';

/** What one process runs with: checked, complete and frozen. Also the injection token. */
export abstract class Config {
  abstract readonly port: number;
  abstract readonly host: string;
  /** Which parts this process plays. */
  abstract readonly roles: readonly Role[];
  /** Absolute path of the directory that holds the embedded stores and the generated secrets. */
  abstract readonly dataDir: string;
  /** 32 bytes; every other key is derived from it or wrapped by it. */
  abstract readonly masterKey: Buffer;
  /** The first account's key; undefined means it is generated when it is needed. */
  abstract readonly bootstrapKey: string | undefined;
  /**
   * Read, or made in the data directory, when it is first asked for: only a process that serves needs one. Throws a
   * ConfigError.
   */
  abstract adminToken(): AdminToken;
  abstract readonly sandbox: boolean;
  /** The monthly budget of customers that are made without one; null is none. */
  abstract readonly defaultCustomerBudget: NanoUsd | null;
  /** `enforce` refuses calls that an account's own credit does not cover; `track` only counts. */
  abstract readonly accountCredit: 'track' | 'enforce';
  abstract readonly logLevel: string;
  abstract readonly bodyLimitBytes: number;
  /** The most bytes that the request bodies of one account hold together while its calls are under way. */
  abstract readonly heldBodyBytes: number;
  abstract readonly connectionLimits: ConnectionLimits;
  /** How much of the disk is set aside at most, so that the usage of calls under way can be kept when it is full. */
  abstract readonly spoolReserveBytes: number;
  abstract readonly upstreamTimeouts: UpstreamTimeouts;
  abstract readonly answerLimits: AnswerLimits;
  /** How many connection pools to origins are kept. */
  abstract readonly upstreamPools: number;
  /** The most bytes of images by URL that all calls together hold at once. */
  abstract readonly imageBytes: number;
  /** How long a caller may take nothing of what it is sent before it is given up, in milliseconds. */
  abstract readonly callerIdleTimeoutMs: number;
  /** How often a model that failed is tried again. */
  abstract readonly upstreamRetries: number;
  /** How long one read of usage or margin may take. */
  abstract readonly readTimeoutMs: number;
  abstract readonly drainTimeoutMs: number;
  /** How many processes take calls. One is the process that was started; more share its port. */
  abstract readonly workers: number;
  /** The value of the first of these variables that is set: how a provider's key and base URL are found. */
  abstract providerSetting(variables: readonly string[]): string | undefined;
}

/** A variable is missing or malformed. The message is one line for the operator: name, what it must be, what it was. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
