import type { CanonicalAnswer, CanonicalChoice } from './canonical.js';
import { writeJsonInSlices } from './json-writer.js';
import { synthesisedId, toolCallId } from './synthesised-id.js';

/** What a whole answer is written with, beside itself; as for the emitter. */
export interface AnswerOptions {
  readonly requestId: string;
  readonly model: string;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly ownId: boolean;
}

/** Writes an answer as OpenAI's `chat.completion`: its keys in its order, null where OpenAI says null, absent where it says nothing. */
export function writeAnswer(answer: CanonicalAnswer, options: AnswerOptions): Buffer {
  return Buffer.from(JSON.stringify(shownAnswer(answer, options)));
}

/** As `writeAnswer`, for an answer that is too large to be written in one piece. */
export function writeLargeAnswer(answer: CanonicalAnswer, options: AnswerOptions): Promise<Buffer> {
  return writeJsonInSlices(shownAnswer(answer, options));
}

function shownAnswer(answer: CanonicalAnswer, { requestId, model, createdAt, ownId }: AnswerOptions) {
  return {
    id: (!ownId && answer.id) || synthesisedId('chatcmpl-', requestId),
    object: 'chat.completion',
    created: answer.created ?? createdAt,
    model: answer.model ?? model,
    choices: answer.choices.map((choice) => shownChoice(choice, requestId)),
    usage: answer.usage?.shown,
    service_tier: answer.serviceTier,
    system_fingerprint: answer.systemFingerprint ?? null,
  };
}

function shownChoice(choice: CanonicalChoice, requestId: string) {
  const { index, text, reasoning, toolCalls, refusal, annotations, logprobs, finish } = choice;
  const calls = toolCalls.map((call, position) => ({
    id: call.id ?? toolCallId(requestId, index, position),
    ...(call.isCustom
      ? { type: 'custom', custom: { name: call.name, input: call.arguments } }
      : { type: 'function', function: { name: call.name, arguments: call.arguments } }),
    extra_content: call.extra,
  }));
  return {
    index,
    message: {
      role: 'assistant',
      content: text,
      reasoning_content: reasoning,
      tool_calls: calls.length > 0 ? calls : undefined,
      refusal,
      annotations,
    },
    logprobs,
    finish_reason: calls.length > 0 && finish === 'stop' ? 'tool_calls' : finish,
  };
}
