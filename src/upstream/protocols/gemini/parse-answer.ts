import type { CanonicalAnswer, CanonicalChoice, CanonicalFailure } from '../../canonical.js';
import { asText, objectsOf, type JsonObject } from '../../json/json.js';
import { answerMetadata, indexOf, isAnswerPart, partsOf } from './candidate.js';
import { blockedPrompt, modelFault } from './failures.js';
import { searchesIn } from './grounding.js';
import type { AnswerContext } from '../../protocol.js';
import { finishReason } from './finish-reason.js';
import { parseLogprobs } from './logprobs.js';
import { parseUsage } from './usage.js';

/** Reads a `GenerateContentResponse`. Undefined if it is not one. */
export function parseAnswer(
  answer: JsonObject,
  { headers }: Pick<AnswerContext, 'headers'>,
): CanonicalAnswer | CanonicalFailure | undefined {
  const blocked = blockedPrompt(answer);
  if (blocked) return blocked;
  const candidates = objectsOf(answer['candidates']);
  const choices: CanonicalChoice[] = [];
  for (const candidate of candidates) {
    const choice = choiceOf(candidate);
    // No choice is left out: a call gets all choices or an error, as in a stream.
    if (choice === undefined) return modelFault(candidate);
    choices.push(choice);
  }
  if (choices.length === 0) return undefined;
  return {
    ...answerMetadata(answer),
    choices,
    usage: parseUsage(answer['usageMetadata'], { headers, searches: searchesIn(answer) }),
  };
}

/** Undefined for a candidate without an answer. */
function choiceOf(candidate: JsonObject): CanonicalChoice | undefined {
  const parts = partsOf(candidate);
  const finish = finishReason(asText(candidate['finishReason']), parts.some(isAnswerPart));
  if (finish === undefined) return undefined;
  const toolCalls = parts.flatMap((part) => ('call' in part ? [part.call] : []));
  const textOf = (isThought: boolean) =>
    parts.map((part) => ('text' in part && part.isThought === isThought ? part.text : '')).join('');
  const text = textOf(false);
  return {
    index: indexOf(candidate),
    text: text === '' && toolCalls.length > 0 ? null : text,
    reasoning: asText(textOf(true)),
    refusal: null,
    toolCalls,
    annotations: [],
    logprobs: parseLogprobs(candidate['logprobsResult']) ?? null,
    finish,
  };
}
