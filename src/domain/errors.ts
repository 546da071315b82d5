/**
 * Every error a caller can meet: one row a code, one status a code (api.md §10). A new error is a row here.
 * `docs/errors.md` is checked against this table.
 */
export const ERRORS = {
  invalid_json: { status: 400, type: 'invalid_request_error' },
  invalid_parameter: { status: 400, type: 'invalid_request_error' },
  unsupported_parameter: { status: 400, type: 'invalid_request_error' },
  invalid_model_ref: { status: 400, type: 'invalid_request_error' },
  unknown_provider: { status: 400, type: 'invalid_request_error' },
  provider_not_configured: { status: 400, type: 'invalid_request_error' },
  slot_not_found: { status: 400, type: 'invalid_request_error' },
  model_unpriced: { status: 400, type: 'invalid_request_error' },
  attribution_conflict: { status: 400, type: 'invalid_request_error' },
  fallback_with_stream_unsupported: { status: 400, type: 'invalid_request_error' },
  invalid_url: { status: 400, type: 'invalid_request_error' },
  invalid_schema: { status: 400, type: 'invalid_request_error' },
  upstream_invalid_request: { status: 400, type: 'invalid_request_error' },
  upstream_context_length_exceeded: { status: 400, type: 'invalid_request_error' },
  upstream_content_filter: { status: 400, type: 'invalid_request_error' },
  invalid_api_key: { status: 401, type: 'authentication_error' },
  customer_budget_exceeded: { status: 402, type: 'billing_error' },
  customer_wallet_empty: { status: 402, type: 'billing_error' },
  account_credit_exhausted: { status: 402, type: 'billing_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  customer_not_found: { status: 404, type: 'invalid_request_error' },
  model_not_found: { status: 404, type: 'invalid_request_error' },
  request_timeout: { status: 408, type: 'invalid_request_error' },
  external_id_taken: { status: 409, type: 'invalid_request_error' },
  idempotency_key_in_use: { status: 409, type: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  response_schema_validation_failed: { status: 422, type: 'invalid_request_error' },
  idempotency_key_mismatch: { status: 422, type: 'invalid_request_error' },
  rate_limited: { status: 429, type: 'rate_limit_error' },
  upstream_quota_exceeded: { status: 429, type: 'upstream_error' },
  internal_error: { status: 500, type: 'api_error' },
  upstream_auth_failed: { status: 502, type: 'upstream_error' },
  upstream_invalid_response: { status: 502, type: 'upstream_error' },
  upstream_unavailable: { status: 503, type: 'upstream_error' },
  ledger_unavailable: { status: 503, type: 'api_error' },
  shutting_down: { status: 503, type: 'api_error' },
} as const satisfies Record<string, { status: number; type: string }>;

/** A code of the table. */
export type ErrorCode = keyof typeof ERRORS;

/** How long a caller should wait when nobody knows better. */
const DEFAULT_RETRY_AFTER_MS = 1000;

/** An error that reaches the caller in the envelope. Its message is for the caller: no secrets, no internals. */
export class RingsideError extends Error {
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  /** Milliseconds after which trying again makes sense; always set on 503 and where a provider's quota is used up. */
  readonly retryAfterMs: number | undefined;
  /** The same where somebody who knows has said it, the provider for one. */
  readonly saidRetryAfterMs: number | undefined;
  /** `x-should-retry`: false where trying again cannot help, true where it does, undefined where the client decides. */
  readonly shouldRetry: boolean | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: {
      readonly param?: string | null;
      readonly retryAfterMs?: number | undefined;
      /** Overrides what follows from the status. */
      readonly shouldRetry?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'RingsideError';
    const row = ERRORS[code];
    this.status = row.status;
    this.type = row.type;
    this.param = options.param ?? null;
    this.saidRetryAfterMs = options.retryAfterMs;
    const isWorthWaiting = row.status === 503 || code === 'upstream_quota_exceeded';
    this.retryAfterMs = options.retryAfterMs ?? (isWorthWaiting ? DEFAULT_RETRY_AFTER_MS : undefined);
    this.shouldRetry = options.shouldRetry ?? advice(row.status);
  }

  /** Whether the provider was asked and failed; any other error of a call means that nothing was sent. */
  get isFromUpstream(): boolean {
    return this.code.startsWith('upstream_');
  }

  /** The body of every error answer. */
  toEnvelope(): { error: { message: string; type: string; code: ErrorCode; param: string | null } } {
    return { error: { message: this.message, type: this.type, code: this.code, param: this.param } };
  }
}

function advice(status: number): boolean | undefined {
  if (status === 503) return true;
  return status === 400 || status === 402 || status === 422 ? false : undefined;
}
