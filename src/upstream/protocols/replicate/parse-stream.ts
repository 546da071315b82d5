import type { CanonicalEvent } from '../../canonical.js';
import { asObject, parseJson, type JsonObject } from '../../json/json.js';
import { withStartHeld } from '../answer/held-start.js';
import type { AnswerContext, FramedEvent, StreamParser } from '../../protocol.js';
import { answerMetadata, failedWith, failureOf, finishOf, textOf, usageOf } from './prediction.js';

/**
 * Parses the events of one prediction: the prediction as created, its output, and the finished prediction, which has
 * the counts. `predictions.ts` inserts the first and the last. Output other than text is not an answer.
 */
export function streamParser({ call }: AnswerContext): StreamParser {
  let isCreated = false;
  let isBroken = false;
  let hasText = false;
  return withStartHeld(({ event, data }: FramedEvent): readonly CanonicalEvent[] | undefined => {
    switch (event ?? '') {
      case 'output':
        hasText = true;
        return [{ kind: 'text', choice: 0, text: data }];
      case 'error':
        return [failedWith(asObject(parseJson(data)) ?? data)];
      case 'done':
        isBroken = hasReason(data);
        return isBroken ? [] : [{ kind: 'finish', choice: 0, reason: 'stop' }];
      case 'prediction': {
        const prediction = asObject(parseJson(data));
        if (!prediction) return undefined;
        if (isCreated) {
          const failure = failureOf(prediction) ?? (isBroken ? failedWith(undefined) : undefined);
          if (failure) return [...countsOf(prediction), failure];
          return hasText || textOf(prediction) !== undefined ? endOf(prediction, call) : undefined;
        }
        isCreated = true;
        return [{ kind: 'start', ...answerMetadata(prediction) }];
      }
      default:
        return [];
    }
  });
}

/** A failed prediction names the reason in its fields. */
function hasReason(data: string): boolean {
  return asObject(parseJson(data))?.['reason'] !== undefined;
}

function endOf(prediction: JsonObject, call: AnswerContext['call']): CanonicalEvent[] {
  return [
    ...countsOf(prediction),
    { kind: 'finish', choice: 0, reason: finishOf(usageOf(prediction), call) },
    { kind: 'end' },
  ];
}

function countsOf(prediction: JsonObject): CanonicalEvent[] {
  const usage = usageOf(prediction);
  return usage ? [{ kind: 'usage', usage }] : [];
}
