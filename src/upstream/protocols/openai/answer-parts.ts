import type { FinishReason } from '../../canonical.js';
import { asObject, asText, type JsonObject } from '../../json/json.js';
import { endingAmong, type Ending } from '../answer/unknown-endings.js';
import { createdAt, modelOf } from '../answer/answer-metadata.js';
import { isUnlisted } from '../answer/price-terms.js';

/** The reasons that copies of OpenAI's API give, some of them in the words of what runs their models. */
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

/** Why an answer ended, in OpenAI's words. */
export function finishReason(reason: string | undefined): Ending {
  return endingAmong(FINISHES, reason);
}

/** What a tool call says, or a piece of one. */
interface ToolCallParts {
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** JSON text, or the free text for a custom tool. */
  readonly args: string | undefined;
  readonly isCustom: boolean;
}

/** A tool call, whole or a piece of one, as function and custom tools spell it. */
export function toolCallParts(call: JsonObject): ToolCallParts {
  const called = asObject(call['function']);
  const custom = called ? undefined : asObject(call['custom']);
  const id = asText(call['id']);
  return {
    // Some say that there is none in letters.
    id: id === 'null' ? undefined : id,
    name: asText((called ?? custom)?.['name']),
    args: argumentsText(called?.['arguments'] ?? custom?.['input']),
    isCustom: custom !== undefined,
  };
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

/** The tier that has served; where the tier that was asked for is told as well, another field says which one it was. */
export function tierOf(answer: JsonObject): unknown {
  return answer['service_tier_used'] ?? answer['service_tier'];
}
