import type { CanonicalFailure, FinishReason } from '../../canonical.js';
import type { ResponseQuirks } from '../../quirks.js';
import { noAnswer } from '../answer/unknown-endings.js';
import { finishReason } from './answer-parts.js';

/** What these reasons mean at every provider. */
const ALWAYS: ReadonlyMap<string | undefined, 'error'> = new Map([
  ['error', 'error'],
  // vLLM and SGLang send it for an answer that they gave up: an emptied queue, a timeout, a shutdown.
  ['abort', 'error'],
]);

/**
 * What the finish reason of a choice means: OpenAI's value, or an error.
 * @param hasOutput whether there was output before; some reasons are errors only without it
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
