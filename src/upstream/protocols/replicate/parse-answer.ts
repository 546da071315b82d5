import type { CanonicalAnswer, CanonicalFailure } from '../../canonical.js';
import type { JsonObject } from '../../json/json.js';
import type { AnswerContext } from '../../protocol.js';
import { answerMetadata, failureOf, finishOf, isOver, textOf, usageOf } from './prediction.js';

/** Reads a finished prediction. Undefined if it is not one, or its output is not text. */
export function parseAnswer(
  prediction: JsonObject,
  { call }: AnswerContext,
): CanonicalAnswer | CanonicalFailure | undefined {
  const failure = failureOf(prediction);
  if (failure) return failure;
  const text = textOf(prediction);
  if (text === undefined || !isOver(prediction)) return undefined;
  const usage = usageOf(prediction);
  const finish = finishOf(usage, call);
  const choice = {
    index: 0,
    text,
    reasoning: undefined,
    refusal: null,
    toolCalls: [],
    annotations: [],
    logprobs: null,
    finish,
  };
  return { ...answerMetadata(prediction), choices: [choice], usage };
}
