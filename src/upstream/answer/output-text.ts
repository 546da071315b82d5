import type { CanonicalAnswer, CanonicalEvent } from '../canonical.js';

/**
 * What the model wrote in an event, for an estimate where the provider does not count: text, reasoning, refusals, tool
 * names and arguments.
 */
export function textOfEvent(event: CanonicalEvent): string {
  if ('text' in event) return event.text;
  return event.kind === 'tool_start' ? event.name : '';
}

/** What the model wrote in a whole answer, by the same measure. */
export function textOfAnswer({ choices }: CanonicalAnswer): string {
  let all = '';
  for (const { text, reasoning, refusal, toolCalls } of choices) {
    all += (reasoning ?? '') + (text ?? '') + (refusal ?? '');
    for (const call of toolCalls) all += call.name + call.arguments;
  }
  return all;
}
