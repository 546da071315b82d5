import type { CanonicalAnswer, CanonicalFailure } from '../../canonical.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import { logprobsOf } from './logprobs.js';
import { noAnswer } from '../answer/unknown-endings.js';
import { parseUsage } from './usage.js';
import { endingOf, failureIn } from './endings.js';

/** Reads a complete answer. Undefined if it has no message. A failure if it failed. */
export function parseAnswer(answer: JsonObject): CanonicalAnswer | CanonicalFailure | undefined {
  const { id, finish_reason: reason, usage, logprobs } = answer;
  const failure = failureIn(reason, answer['error']);
  if (failure) return failure;
  const message = asObject(answer['message']);
  if (!message) return undefined;
  const parts = objectsOf(message['content']);
  const text = parts.map((part) => asText(part['text']) ?? '').join('');
  const thoughts = parts.map((part) => asText(part['thinking']) ?? '').join('');
  const toolCalls = objectsOf(message['tool_calls']).map((call) => {
    const called = asObject(call['function']);
    return {
      id: asText(call['id']),
      name: asText(called?.['name']) ?? '',
      arguments: asText(called?.['arguments']) ?? '{}',
    };
  });
  const { reason: finish, unknown } = endingOf(reason);
  if (unknown !== undefined && text === '' && toolCalls.length === 0) return noAnswer(unknown);
  return {
    id: asText(id),
    model: undefined,
    created: undefined,
    serviceTier: undefined,
    systemFingerprint: undefined,
    choices: [
      {
        index: 0,
        text: text === '' && toolCalls.length > 0 ? null : text,
        reasoning: asText(thoughts + (asText(message['tool_plan']) ?? '')),
        refusal: null,
        toolCalls,
        annotations: [],
        logprobs: logprobsOf(logprobs) ?? null,
        finish,
      },
    ],
    usage: parseUsage(usage),
  };
}
