import type { FinishReason } from '../../canonical.js';
import { asObject, asText, type JsonObject } from '../../json.js';

/** The reasons providers give, in OpenAI's words; what nobody has heard of is an ordinary stop. */
export function finishReason(reason: string): FinishReason {
  if (reason === 'length' || reason === 'content_filter' || reason === 'tool_calls') return reason;
  return reason === 'function_call' ? 'tool_calls' : 'stop';
}

/** A tool call, whole or a piece of one, as function and custom tools spell it. */
export function toolCallParts(call: JsonObject): { name: string | undefined; args: string | undefined } {
  const called = asObject(call['function']) ?? asObject(call['custom']);
  return { name: asText(called?.['name']), args: argumentsText(called?.['arguments'] ?? called?.['input']) };
}

/** Arguments are JSON in a string; some give the object itself. */
function argumentsText(value: unknown): string | undefined {
  return asObject(value) ? JSON.stringify(value) : asText(value);
}

/** Visible reasoning, under either of its names. */
export function reasoningText(message: JsonObject): string | undefined {
  return asText(message['reasoning_content']) ?? asText(message['reasoning']);
}

/** Who answered: the fields that stand on an answer and on each of its chunks. */
export function answerHead(answer: JsonObject) {
  const created = answer['created'];
  return {
    id: asText(answer['id']),
    model: asText(answer['model']),
    created: typeof created === 'number' && created > 0 ? Math.floor(created) : undefined,
    serviceTier: asText(answer['service_tier']),
    systemFingerprint: asText(answer['system_fingerprint']),
  };
}
