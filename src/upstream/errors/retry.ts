import type { ErrorCode, RingsideError } from '../../domain/errors.js';

/** The wait before the first retry, in milliseconds. It doubles with each retry. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** If a provider asks for a longer wait than this, the call fails at once. */
export const LONGEST_ASKED_WAIT_MS = 10_000;

/** After this time the same model is not retried, because the caller has waited long enough. */
const LONGEST_RETRIED_MS = 60_000;

/** Failures that may not happen again with another attempt or model. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'upstream_unavailable',
  'upstream_quota_exceeded',
  'upstream_invalid_response',
]);

/** A failed attempt, and its error. */
export interface FailedAttempt {
  readonly error: RingsideError;
  /** The call's id. With the attempt it seeds the random part of the wait. */
  readonly requestId: string;
  /** 1 for the call's first attempt. */
  readonly attempt: number;
  /** How often the same model was already retried. */
  readonly retries: number;
  /** Milliseconds since the call arrived. */
  readonly ageMs: number;
}

/** Whether another model may succeed. */
export function isPassing({ code }: RingsideError): boolean {
  return PASSING.has(code);
}

/**
 * How long to wait before the same model is retried, in milliseconds. Undefined if it must not be retried. A wait that
 * the provider asks for is kept. Otherwise it doubles with each retry. Up to half of it is random, so that calls that
 * failed together do not return together.
 */
export function retryWaitMs(failed: FailedAttempt, mostRetries: number): number | undefined {
  const { error, retries, ageMs } = failed;
  if (!isPassing(error) || error.shouldRetry === false || retries >= mostRetries || ageMs > LONGEST_RETRIED_MS)
    return undefined;
  const asked = error.saidRetryAfterMs;
  if (asked !== undefined) return asked > LONGEST_ASKED_WAIT_MS ? undefined : asked * (1 + randomFraction(failed) / 4);
  return Math.min(FIRST_WAIT_MS * 2 ** retries, LONGEST_WAIT_MS) * (0.5 + randomFraction(failed) / 2);
}

/**
 * A number from 0 to 1 for each call and attempt. Request ids are random, so a hash of one (FNV-1a) is random enough.
 */
function randomFraction({ requestId, attempt }: FailedAttempt): number {
  let hash = 0x811c9dc5;
  for (const character of `${requestId}.${attempt}`)
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  return hash / 0xffffffff;
}
