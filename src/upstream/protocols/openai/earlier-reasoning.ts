import { objectsOf, type JsonObject } from '../../json/json.js';
import type { RequestQuirks } from '../../quirks.js';

/**
 * Reasoning of earlier turns normally does not go out: providers refuse or bill it. Some models require it. They
 * recognize their own turns by the field, even if it is empty.
 */
export function withWantedReasoning(
  messages: readonly JsonObject[],
  model: string,
  { reasoningWanted = [] }: RequestQuirks,
): readonly JsonObject[] {
  const wanted = reasoningWanted.find(({ models }) => models.test(model))?.turns ?? 'none';
  if (wanted === 'given') return messages;
  const turn = wanted === 'tool-turn' ? messages.findLastIndex(({ role }) => role === 'user') : Infinity;
  return messages.map((message, position) => {
    const { role, reasoning_content: thought, tool_calls: calls } = message;
    if (wanted === 'all' && role === 'assistant')
      return { ...message, reasoning_content: typeof thought === 'string' ? thought : '' };
    const isOfTurn = position > turn && objectsOf(calls).length > 0;
    return thought === undefined || isOfTurn ? message : { ...message, reasoning_content: undefined };
  });
}
