import type { FinishReason as GeminiReason } from '@google/genai';
import type { FinishReason } from '../../canonical.js';

/** A finish reason as text, known or not. */
type Reason = `${GeminiReason}`;

/** Why an answer ended. `fault` is a failure of the model if there was no output. So is an unknown reason. */
const REASONS: ReadonlyMap<string, FinishReason | 'fault'> = new Map<Reason, FinishReason | 'fault'>([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['CONTINUATION', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['MALFORMED_FUNCTION_CALL', 'fault'],
  ['MALFORMED_RESPONSE', 'fault'],
  ['UNEXPECTED_TOOL_CALL', 'fault'],
  ['TOO_MANY_TOOL_CALLS', 'fault'],
  ['OTHER', 'fault'],
  ['NO_IMAGE', 'fault'],
  ['IMAGE_OTHER', 'fault'],
  ['FINISH_REASON_UNSPECIFIED', 'fault'],
]);

/** The reason as OpenAI's value. Undefined for a fault of the model without output. */
export function finishReason(reason: string | undefined, hasContent: boolean): FinishReason | undefined {
  const meaning = (reason !== undefined && REASONS.get(reason)) || 'fault';
  if (meaning !== 'fault') return meaning;
  return hasContent ? 'stop' : undefined;
}
