import type { CanonicalAnswer, CanonicalChoice, CanonicalFailure } from '../../canonical.js';
import { isError } from '../../errors/failure-body.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import type { Quirks } from '../../quirks.js';
import { choiceIndex } from '../answer/answer-metadata.js';
import type { AnswerContext } from '../../protocol.js';
import { outputOfParts } from './content.js';
import { endingOf } from './endings.js';
import { openaiLogprobs } from './logprobs.js';
import { citationsOf } from './search-results.js';
import { usageIn } from './usage.js';
import { answerMetadata, reasoningText, toolCallParts } from './answer-parts.js';

/** Reads a `chat.completion`. Undefined if no choice has a message. A failure if a choice failed. */
export function parseAnswer(
  answer: JsonObject,
  { quirks }: Pick<AnswerContext, 'quirks'> = { quirks: {} },
): CanonicalAnswer | CanonicalFailure | undefined {
  const choices: CanonicalChoice[] = [];
  for (const [position, choice] of objectsOf(answer['choices']).entries()) {
    if (isError(choice['error'])) return { kind: 'failure' as const, body: choice };
    // If a filter removed everything, there may be no message.
    const message = asObject(choice['message']) ?? (choice['finish_reason'] === 'content_filter' ? {} : undefined);
    if (!message) return undefined;
    const read = readChoice(choice, message, position, quirks);
    if ('kind' in read) return read;
    choices.push(quirks.response?.searchResults ? { ...read, annotations: citationsOf(answer) } : read);
  }
  if (choices.length === 0) return answer['object'] === 'error' ? { kind: 'failure', body: answer } : undefined;
  return { ...answerMetadata(answer), choices, usage: usageIn(answer, quirks.response) };
}

function readChoice(
  choice: JsonObject,
  message: JsonObject,
  position: number,
  quirks: Quirks,
): CanonicalChoice | CanonicalFailure {
  const { content, refusal, annotations } = message;
  const legacy = asObject(message['function_call']);
  const calls = legacy ? [{ function: legacy }] : objectsOf(message['tool_calls']);
  const parts = Array.isArray(content) ? outputOfParts(content) : undefined;
  const text = parts ? (parts.text ?? '') : content;
  const finish = endingOf(
    asText(choice['finish_reason']),
    Boolean(text) || calls.length > 0 || asText(refusal) !== undefined,
    quirks.response,
  );
  if (typeof finish !== 'string') return finish;
  return {
    index: choiceIndex(choice['index'], position),
    text: typeof text === 'string' && !(text === '' && calls.length > 0) ? text : null,
    reasoning: reasoningText(message) ?? parts?.reasoning,
    refusal: asText(refusal) ?? null,
    toolCalls: calls.map((call) => {
      const { id, name = '', args, isCustom } = toolCallParts(call);
      return isCustom ? { id, name, arguments: args ?? '', isCustom } : { id, name, arguments: args ?? '{}' };
    }),
    annotations: Array.isArray(annotations) ? annotations : [],
    logprobs:
      (quirks.request?.integerLogprobs ? openaiLogprobs(choice['logprobs'], asText(text)) : choice['logprobs']) ?? null,
    finish,
  };
}
