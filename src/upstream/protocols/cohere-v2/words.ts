import type { CanonicalFailure, FinishReason } from '../../canonical.js';
import { asText } from '../../json.js';
import type { CohereFinish } from './wire.js';

/** Reasons that are no ordinary stop. */
const FINISHES: ReadonlyMap<unknown, FinishReason> = new Map<CohereFinish, FinishReason>([
  ['MAX_TOKENS', 'length'],
  ['ERROR_LIMIT', 'length'],
  ['TOOL_CALL', 'tool_calls'],
  ['ERROR_TOXIC', 'content_filter'],
]);

/** Why an answer ended, in OpenAI's words; what nobody has heard of is an ordinary stop. */
export function finishReason(reason: unknown): FinishReason {
  return FINISHES.get(reason) ?? 'stop';
}

/** The failure that an answer ended in, said by its reason or, where there is none, by a text; undefined when it ended well. */
export function failureIn(reason: unknown, error: unknown): CanonicalFailure | undefined {
  const ended = reason as CohereFinish;
  if (ended === 'TIMEOUT')
    return { kind: 'failure', body: { message: asText(error) ?? 'the answer took too long' }, code: 'upstream_unavailable' };
  const broke = ended === 'ERROR' || ((reason === undefined || reason === null) && asText(error) !== undefined);
  return broke ? { kind: 'failure', body: { message: asText(error) ?? 'the answer ended in an error' } } : undefined;
}
