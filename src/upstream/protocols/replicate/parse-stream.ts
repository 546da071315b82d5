import type { CanonicalEvent } from '../../canonical.js';
import { asObject, parseJson, type JsonObject } from '../../json/json.js';
import { withStartHeld } from '../answer/held-start.js';
import type { AnswerContext, FramedEvent, StreamParser } from '../../protocol.js';
import { answerMetadata, failedWith, failureOf, finishOf, textOf, usageOf } from './prediction.js';

/**
 * A reader for the events of one prediction: the prediction as it was created, what it writes, and the prediction as it
 * ended, which alone knows the counts. The first and the last are put there by `predictions.ts`. One that wrote no text
 * and has other output is no answer.
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

/** A prediction that did not come to its end says why; what it means stands in the prediction. */
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
