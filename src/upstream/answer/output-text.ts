import type { CanonicalAnswer, CanonicalEvent } from '../canonical.js';

/**
 * The text that the model wrote in an event, for an estimate if the provider reports no usage: text, reasoning,
 * refusals, names and arguments of tool calls.
 */
export function textOfEvent(event: CanonicalEvent): string {
  if ('text' in event) return event.text;
  return event.kind === 'tool_start' ? event.name : '';
}

/** The text that the model wrote in a complete answer, in the same way. */
export function textOfAnswer({ choices }: CanonicalAnswer): string {
  let all = '';
  for (const { text, reasoning, refusal, toolCalls } of choices) {
    all += (reasoning ?? '') + (text ?? '') + (refusal ?? '');
    for (const call of toolCalls) all += call.name + call.arguments;
  }
  return all;
}
