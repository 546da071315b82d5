import type { CanonicalFailure, FinishReason } from '../../canonical.js';
import type { Quirks } from '../../provider.js';
import { noAnswer } from '../unknown-endings.js';
import { finishReason } from './words.js';

/**
 * What the reason that a choice ended for means, in OpenAI's words or as an error.
 * @param hasSpoken whether anything was said before, which makes up for some reasons
 */
export function endingOf(reason: string, quirks: Quirks, hasSpoken: boolean): FinishReason | CanonicalFailure {
  const { finishReasons } = quirks;
  if (!finishReasons || !Object.hasOwn(finishReasons, reason)) {
    const { reason: known, unknown } = finishReason(reason);
    return unknown === undefined || hasSpoken ? known : noAnswer(unknown);
  }
  const meant = finishReasons[reason]!;
  if (meant === 'error' || (meant === 'error-if-empty' && !hasSpoken)) {
    const body = { error: { message: `the answer broke off with finish_reason "${reason}"`, type: 'server_error' } };
    return { kind: 'failure', body, code: 'upstream_unavailable' };
  }
  return meant === 'error-if-empty' ? 'stop' : meant;
}
