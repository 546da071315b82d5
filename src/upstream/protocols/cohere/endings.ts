import type { CanonicalFailure, FinishReason } from '../../canonical.js';
import { asText } from '../../json/json.js';
import { endingAmong, type Ending } from '../answer/unknown-endings.js';
import type { CohereFinish } from './wire.js';

const FINISHES: ReadonlyMap<unknown, FinishReason> = new Map<CohereFinish, FinishReason>([
  ['COMPLETE', 'stop'],
  ['STOP_SEQUENCE', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['ERROR_LIMIT', 'length'],
  ['TOOL_CALL', 'tool_calls'],
  ['ERROR_TOXIC', 'content_filter'],
]);

/** Why an answer ended, as OpenAI's value. */
export function endingOf(reason: unknown): Ending {
  return endingAmong(FINISHES, reason);
}

/** The failure of an answer, from its finish reason or an error text. Undefined if it did not fail. */
export function failureIn(reason: unknown, error: unknown): CanonicalFailure | undefined {
  const ended = reason as CohereFinish;
  if (ended === 'TIMEOUT')
    return {
      kind: 'failure',
      body: { message: asText(error) ?? 'the answer took too long' },
      code: 'upstream_unavailable',
    };
  const broke = ended === 'ERROR' || ((reason === undefined || reason === null) && asText(error) !== undefined);
  return broke ? { kind: 'failure', body: { message: asText(error) ?? 'the answer ended in an error' } } : undefined;
}
