import type { CanonicalAnswer, CanonicalChoice } from '../../canonical.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json.js';
import { readUsage } from './usage.js';
import { answerHead, finishReason, reasoningText, toolCallParts } from './words.js';

/** Reads a `chat.completion`; undefined when it holds no choice with a message. */
export function parseAnswer(answer: JsonObject): CanonicalAnswer | undefined {
  const choices: CanonicalChoice[] = [];
  for (const [position, choice] of objectsOf(answer['choices']).entries()) {
    const message = asObject(choice['message']);
    if (!message) return undefined;
    choices.push(readChoice(choice, message, position));
  }
  return choices.length === 0 ? undefined : { ...answerHead(answer), choices, usage: readUsage(answer['usage']) };
}

function readChoice(choice: JsonObject, message: JsonObject, position: number): CanonicalChoice {
  const { content, refusal, annotations } = message;
  const legacy = asObject(message['function_call']);
  const calls = legacy ? [{ function: legacy }] : objectsOf(message['tool_calls']);
  return {
    index: typeof choice['index'] === 'number' ? choice['index'] : position,
    text: typeof content === 'string' && !(content === '' && calls.length > 0) ? content : null,
    reasoning: reasoningText(message),
    refusal: asText(refusal) ?? null,
    toolCalls: calls.map((call) => {
      const { name, args } = toolCallParts(call);
      return { id: asText((call as JsonObject)['id']), name: name ?? '', arguments: args ?? '{}' };
    }),
    annotations: Array.isArray(annotations) ? annotations : [],
    logprobs: choice['logprobs'] ?? null,
    finish: finishReason(asText(choice['finish_reason']) ?? 'stop'),
  };
}
