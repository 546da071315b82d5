import type { StopReason } from '@anthropic-ai/sdk/resources/messages';
import type { FinishReason } from '../../canonical.js';
import { endingAmong, type Ending } from '../answer/unknown-endings.js';
import { asObject, asText } from '../../json/json.js';

const FINISHES: ReadonlyMap<unknown, FinishReason> = new Map<StopReason, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

/** Why an answer ended, as OpenAI's value. */
export function endingOf(reason: unknown): Ending {
  return endingAmong(FINISHES, reason);
}

/** The explanation of a refusal, if there is one. */
export function refusalIn(details: unknown): string | undefined {
  return asText(asObject(details)?.['explanation']);
}
