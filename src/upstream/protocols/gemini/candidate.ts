import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import { choiceIndex, modelOf } from '../answer/answer-metadata.js';

/** A tool call. It always comes complete. */
export interface CandidateCall {
  readonly id: string | undefined;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
  readonly extra: JsonObject | undefined;
}

/** One part of a candidate: text or a tool call. Other parts are left out. */
export type CandidatePart = { readonly text: string; readonly isThought: boolean } | { readonly call: CandidateCall };

/** The parts of a candidate's content. It may have none. */
export function partsOf(candidate: JsonObject): CandidatePart[] {
  return objectsOf(asObject(candidate['content'])?.['parts']).flatMap((part): CandidatePart[] => {
    const called = asObject(part['functionCall']);
    if (called) return [{ call: callOf(called, asText(part['thoughtSignature'])) }];
    const text = asText(part['text']);
    return text === undefined ? [] : [{ text, isThought: part['thought'] === true }];
  });
}

/** Whether a part belongs to the answer. Thoughts do not. */
export function isAnswerPart(part: CandidatePart): boolean {
  return 'call' in part || !part.isThought;
}

/** The signature must come back with the call, so it goes into the field that Google's own OpenAI endpoint uses. */
function callOf(called: JsonObject, signature: string | undefined): CandidateCall {
  return {
    id: asText(called['id']),
    name: asText(called['name']) ?? '',
    arguments: JSON.stringify(asObject(called['args']) ?? {}),
    extra: signature === undefined ? undefined : { google: { thought_signature: signature } },
  };
}

/** The index of a candidate. It is left out if it is 0. */
export function indexOf(candidate: JsonObject): number {
  return choiceIndex(candidate['index'], 0);
}

/** The model that answered, and when. */
export function answerMetadata(answer: JsonObject) {
  const createdMs = Date.parse(asText(answer['createTime']) ?? '');
  return {
    id: asText(answer['responseId']),
    model: modelOf(answer['modelVersion']),
    created: Number.isNaN(createdMs) ? undefined : Math.floor(createdMs / 1000),
    serviceTier: undefined,
    systemFingerprint: undefined,
  };
}
