import { RingsideError } from '../../domain/errors.js';

/** An answer beyond a limit. The same model would most likely exceed it again, so the call is not retried. */
export function beyondLimit(provider: string, what: string): RingsideError {
  return new RingsideError('upstream_invalid_response', `${provider}: ${what}`, { shouldRetry: false });
}
