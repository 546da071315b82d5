/** Time-outs of upstream calls, in milliseconds. */
export interface UpstreamTimeouts {
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
}

/** What one process runs with: checked, complete and frozen. Also the injection token. */
export abstract class Config {
  abstract readonly port: number;
  abstract readonly host: string;
  /** Absolute path of the directory that holds the embedded stores and the generated secrets. */
  abstract readonly dataDir: string;
  /** 32 bytes; every other key is derived from it or wrapped by it. */
  abstract readonly masterKey: Buffer;
  /** The first account's key; undefined means it is generated when it is needed. */
  abstract readonly bootstrapKey: string | undefined;
  abstract readonly sandbox: boolean;
  abstract readonly logLevel: string;
  abstract readonly bodyLimitBytes: number;
  abstract readonly upstreamTimeouts: UpstreamTimeouts;
  abstract readonly drainTimeoutMs: number;
  /** The value of the first of these variables that is set: how a provider's key and base URL are found. */
  abstract providerSetting(variables: readonly string[]): string | undefined;
}

/** A variable is missing or malformed. The message is one line for the operator: name, what it must be, what it was. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
