import type { CanonicalEvent } from '../../canonical.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json.js';
import { readUsage } from './usage.js';
import { answerHead, finishReason, reasoningText, toolCallParts } from './words.js';

/** Reads one `chat.completion.chunk`, in OpenAI's shape or in one of the dialects of those who copied it. */
export function parseChunk(chunk: JsonObject): CanonicalEvent[] {
  const events: CanonicalEvent[] = [{ kind: 'start', ...answerHead(chunk) }];
  for (const choice of objectsOf(chunk['choices'])) {
    const index = choice['index'];
    readChoice(choice, typeof index === 'number' ? index : 0, events);
  }
  const usage = readUsage(chunk['usage']);
  if (usage) events.push({ kind: 'usage', usage });
  return events;
}

function readChoice(raw: JsonObject, choice: number, events: CanonicalEvent[]): void {
  const delta = asObject(raw['delta']) ?? {};
  const text = asText(delta['content']);
  const reasoning = reasoningText(delta);
  const refusal = asText(delta['refusal']);
  const toolCalls = objectsOf(delta['tool_calls']);
  const logprobs = raw['logprobs'] ?? undefined;
  const speaks = text !== undefined || reasoning !== undefined || refusal !== undefined;

  if (delta['role'] && (speaks || toolCalls.length === 0)) {
    events.push({ kind: 'open', choice, content: delta['content'] === null && !speaks ? null : '' });
  }
  if (reasoning !== undefined) events.push({ kind: 'reasoning', choice, text: reasoning });
  if (text !== undefined || (logprobs !== undefined && refusal === undefined)) {
    events.push({ kind: 'text', choice, text: text ?? '', logprobs });
  }
  if (refusal !== undefined) events.push({ kind: 'refusal', choice, text: refusal, logprobs });
  for (const [position, call] of toolCalls.entries()) readToolCall(call, choice, position, events);
  const legacy = asObject(delta['function_call']);
  if (legacy) readToolCall({ index: 'function_call', function: legacy }, choice, 0, events);
  const finish = asText(raw['finish_reason']);
  if (finish !== undefined) events.push({ kind: 'finish', choice, reason: finishReason(finish) });
}

/** Some providers leave out `index`; the call's id, or else its place in the list, tells it apart then. */
function readToolCall(call: JsonObject, choice: number, position: number, events: CanonicalEvent[]): void {
  const index = call['index'];
  const id = asText(call['id']);
  const key = typeof index === 'number' || typeof index === 'string' ? index : (id ?? position);
  const { name, args } = toolCallParts(call);
  if (name !== undefined) events.push({ kind: 'tool_start', choice, key, id, name });
  if (args !== undefined) events.push({ kind: 'tool_args', choice, key, text: args });
}
