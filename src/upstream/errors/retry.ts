import type { ErrorCode, RingsideError } from '../../domain/errors.js';

/** What is waited before the first retry, in milliseconds; twice as long before each one after it. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** A provider that asks for a longer wait than this is not waited for: the caller is told. */
export const LONGEST_ASKED_WAIT_MS = 10_000;

/** A call that has been under way for so long is not tried again at the same model: its caller has waited enough. */
const LONGEST_RETRIED_MS = 60_000;

/** Failures that another attempt, or another model, may not have. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'upstream_unavailable',
  'upstream_quota_exceeded',
  'upstream_invalid_response',
]);

/** Why an attempt failed, and what it was. */
export interface FailedAttempt {
  readonly error: RingsideError;
  /** Names the call, and with the attempt decides how much of the wait is chance. */
  readonly requestId: string;
  /** 1 for the call's first attempt. */
  readonly attempt: number;
  /** How often the same model was tried again already. */
  readonly retries: number;
  /** Milliseconds since the call arrived. */
  readonly ageMs: number;
}

/** Whether another model may do what this one failed to do. */
export function isPassing({ code }: RingsideError): boolean {
  return PASSING.has(code);
}

/**
 * How long to wait before the same model is tried again, in milliseconds; undefined when it should not be. A wait the
 * provider asks for is kept; without one it doubles with each retry. Up to half of it is chance, so that calls that
 * failed together do not come back together.
 */
export function retryWaitMs(failed: FailedAttempt, mostRetries: number): number | undefined {
  const { error, retries, ageMs } = failed;
  if (!isPassing(error) || error.shouldRetry === false || retries >= mostRetries || ageMs > LONGEST_RETRIED_MS)
    return undefined;
  const asked = error.saidRetryAfterMs;
  if (asked !== undefined) return asked > LONGEST_ASKED_WAIT_MS ? undefined : asked * (1 + chanceOf(failed) / 4);
  return Math.min(FIRST_WAIT_MS * 2 ** retries, LONGEST_WAIT_MS) * (0.5 + chanceOf(failed) / 2);
}

/**
 * A number from 0 to 1 that is another for each call and attempt. Request ids are random, so a hash of one (FNV-1a) is
 * chance enough.
 */
function chanceOf({ requestId, attempt }: FailedAttempt): number {
  let hash = 0x811c9dc5;
  for (const character of `${requestId}.${attempt}`)
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  return hash / 0xffffffff;
}
