import type { StopReason } from '@anthropic-ai/sdk/resources/messages';
import type { FinishReason } from '../../canonical.js';
import { asObject, asText } from '../../json.js';

/** Reasons that are no ordinary stop. */
const FINISHES: ReadonlyMap<unknown, FinishReason> = new Map<StopReason, FinishReason>([
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

/** Why an answer ended, in OpenAI's words. */
export function finishReason(reason: unknown): FinishReason {
  return FINISHES.get(reason) ?? 'stop';
}

/** Why the model refused to answer, where it did and says so. */
export function refusalIn(details: unknown): string | undefined {
  return asText(asObject(details)?.['explanation']);
}
