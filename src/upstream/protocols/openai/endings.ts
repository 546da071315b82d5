import type { CanonicalFailure, FinishReason } from '../../canonical.js';
import type { ResponseQuirks } from '../../quirks.js';
import { noAnswer } from '../answer/unknown-endings.js';
import { finishReason } from './answer-parts.js';

/** What a reason means whoever gives it. */
const ALWAYS: ReadonlyMap<string | undefined, 'error'> = new Map([
  ['error', 'error'],
  // What vLLM and SGLang say of an answer that they gave up: the queue was emptied, a time-out, the server's end.
  ['abort', 'error'],
]);

/**
 * What the reason that a choice ended for means, in OpenAI's words or as an error.
 * @param hasOutput whether anything was said before, which makes up for some reasons
 */
export function endingOf(
  reason: string | undefined,
  hasOutput: boolean,
  { finishReasons = {} }: ResponseQuirks = {},
): FinishReason | CanonicalFailure {
  const mapped =
    reason !== undefined && Object.hasOwn(finishReasons, reason) ? finishReasons[reason] : ALWAYS.get(reason);
  if (mapped === undefined) {
    const { reason: known, unknown } = finishReason(reason);
    return unknown === undefined || hasOutput ? known : noAnswer(unknown);
  }
  if (mapped === 'error' || (mapped === 'error-if-empty' && !hasOutput)) {
    const body = { error: { message: `the answer broke off with finish_reason "${reason}"`, type: 'server_error' } };
    return { kind: 'failure', body, code: 'upstream_unavailable' };
  }
  return mapped === 'error-if-empty' ? 'stop' : mapped;
}
