import type { FinishReason } from '../../canonical.js';
import { asObject, asText, type JsonObject } from '../../json/json.js';
import { endingAmong, type Ending } from '../answer/unknown-endings.js';
import { createdAt, modelOf } from '../answer/answer-metadata.js';
import { isUnlisted } from '../answer/price-terms.js';

/** Finish reasons of providers with OpenAI's API. Some are those of the software that runs their models. */
const FINISHES: ReadonlyMap<unknown, FinishReason> = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['content_filter', 'content_filter'],
]);

/** Why an answer ended, as OpenAI's value. */
export function finishReason(reason: string | undefined): Ending {
  return endingAmong(FINISHES, reason);
}

/** The content of a tool call, or of a piece of one. */
interface ToolCallParts {
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** JSON text, or the free text for a custom tool. */
  readonly args: string | undefined;
  readonly isCustom: boolean;
}

/** A tool call or a piece of one, of a function or a custom tool. */
export function toolCallParts(call: JsonObject): ToolCallParts {
  const called = asObject(call['function']);
  const custom = called ? undefined : asObject(call['custom']);
  const id = asText(call['id']);
  return {
    // Some providers send the text "null" for no id.
    id: id === 'null' ? undefined : id,
    name: asText((called ?? custom)?.['name']),
    args: argumentsText(called?.['arguments'] ?? custom?.['input']),
    isCustom: custom !== undefined,
  };
}

/** Arguments are JSON in a string. Some providers send the object itself. */
function argumentsText(value: unknown): string | undefined {
  return asObject(value) ? JSON.stringify(value) : asText(value);
}

/** Visible reasoning, from either of its fields. */
export function reasoningText(message: JsonObject): string | undefined {
  return asText(message['reasoning_content']) ?? asText(message['reasoning']);
}

/** The fields that an answer and each of its chunks have. */
export function answerMetadata(answer: JsonObject) {
  return {
    ...(isUnlisted(tierOf(answer)) && { isUnlisted: true }),
    id: asText(answer['id']),
    model: modelOf(answer['model']),
    created: createdAt(answer['created']),
    serviceTier: asText(answer['service_tier']),
    systemFingerprint: asText(answer['system_fingerprint']),
  };
}

/** The tier that served the call. If the requested tier is there as well, another field has the one that served it. */
export function tierOf(answer: JsonObject): unknown {
  return answer['service_tier_used'] ?? answer['service_tier'];
}
