import type { CanonicalAnswer, CanonicalFailure } from '../../canonical.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import type { AnswerContext } from '../../protocol.js';
import { noAnswer } from '../answer/unknown-endings.js';
import { answerMetadata, endingOf, failureOfStop, parseUsage } from './answer-parts.js';

/** Reads an answer of Converse. Undefined if it has no message. */
export function parseAnswer(
  answer: JsonObject,
  context: AnswerContext,
): CanonicalAnswer | CanonicalFailure | undefined {
  const message = asObject(asObject(answer['output'])?.['message']);
  if (!message) return undefined;
  const failure = failureOfStop(answer['stopReason']);
  if (failure) return failure;
  const blocks = objectsOf(message['content']);
  const toolCalls = blocks.flatMap(({ toolUse }) => {
    const call = asObject(toolUse);
    if (!call) return [];
    return [
      {
        id: asText(call['toolUseId']),
        name: asText(call['name']) ?? '',
        arguments: JSON.stringify(call['input'] ?? {}),
      },
    ];
  });
  const text = blocks.map(textOf).join('');
  const { reason: finish, unknown } = endingOf(answer['stopReason']);
  if (unknown !== undefined && text === '' && toolCalls.length === 0) return noAnswer(unknown);
  const choice = {
    index: 0,
    text: text === '' && toolCalls.length > 0 ? null : text,
    reasoning: asText(blocks.map(reasoningOf).join('')),
    refusal: null,
    toolCalls,
    annotations: [],
    logprobs: null,
    finish,
  };
  return { ...answerMetadata(context), choices: [choice], usage: parseUsage(answer) };
}

/** Text, plain or with cited sources. */
function textOf({ text, citationsContent }: JsonObject): string {
  const cited = objectsOf(asObject(citationsContent)?.['content']).map((part) => asText(part['text']) ?? '');
  return (asText(text) ?? '') + cited.join('');
}

function reasoningOf({ reasoningContent }: JsonObject): string {
  return asText(asObject(asObject(reasoningContent)?.['reasoningText'])?.['text']) ?? '';
}
