import type { CanonicalAnswer, CanonicalChoice, FinishReason } from '../canonical.js';
import { writeJsonInSlices } from '../json/json-writer.js';
import { synthesisedId, toolCallId } from './synthesised-id.js';

/** What is needed to write an answer, beside the answer; as for chunks. */
export interface AnswerOptions {
  readonly requestId: string;
  readonly model: string;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly ownId: boolean;
  /** The caller sent the older `functions` instead of `tools`, so a call is shown as a `function_call`. */
  readonly asFunctionCall?: boolean;
}

/**
 * Writes an answer as OpenAI's `chat.completion`: in OpenAI's order of keys, with null or without a key as OpenAI does
 * it.
 */
export function writeAnswer(answer: CanonicalAnswer, options: AnswerOptions): Buffer {
  return Buffer.from(JSON.stringify(shownAnswer(answer, options)));
}

/** As `writeAnswer`, for an answer that is too large to write at once. */
export function writeLargeAnswer(answer: CanonicalAnswer, options: AnswerOptions): Promise<Buffer> {
  return writeJsonInSlices(shownAnswer(answer, options));
}

function shownAnswer(
  answer: CanonicalAnswer,
  { requestId, model, createdAt, ownId, asFunctionCall = false }: AnswerOptions,
) {
  return {
    id: (!ownId && answer.id) || synthesisedId('chatcmpl-', requestId),
    object: 'chat.completion',
    created: answer.created ?? createdAt,
    model: answer.model ?? model,
    choices: answer.choices.map((choice) => shownChoice(choice, requestId, asFunctionCall)),
    usage: answer.usage?.shown,
    service_tier: answer.serviceTier,
    system_fingerprint: answer.systemFingerprint ?? null,
  };
}

function shownChoice(choice: CanonicalChoice, requestId: string, asFunctionCall: boolean) {
  const { index, text, reasoning, toolCalls, refusal, annotations, logprobs, finish } = choice;
  const calls = toolCalls.map((call, position) => ({
    id: call.id ?? toolCallId(requestId, index, position),
    ...(call.isCustom
      ? { type: 'custom', custom: { name: call.name, input: call.arguments } }
      : { type: 'function', function: { name: call.name, arguments: call.arguments } }),
    extra_content: call.extra,
  }));
  const functionCall = asFunctionCall && calls[0] && 'function' in calls[0] ? calls[0].function : undefined;
  return {
    index,
    message: {
      role: 'assistant',
      content: text,
      reasoning_content: reasoning,
      tool_calls: calls.length > 0 && !functionCall ? calls : undefined,
      function_call: functionCall,
      refusal,
      annotations,
    },
    logprobs,
    finish_reason: shownFinish(
      calls.length > 0 && finish === 'stop' ? 'tool_calls' : finish,
      functionCall !== undefined,
    ),
  };
}

function shownFinish(finish: FinishReason, isFunctionCall: boolean): FinishReason | 'function_call' {
  return isFunctionCall && finish === 'tool_calls' ? 'function_call' : finish;
}
