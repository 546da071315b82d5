import { RingsideError } from '../../domain/errors.js';

/** An answer that goes beyond a limit. The same model would most likely do it again, so that it is not asked again. */
export function beyondLimit(provider: string, what: string): RingsideError {
  return new RingsideError('upstream_invalid_response', `${provider}: ${what}`, { shouldRetry: false });
}
