import type { UpstreamCall } from './exchange.js';
import type { FailureContext } from './failure.js';
import type { Protocol } from './protocols/protocol.js';
import type { Quirks } from './provider.js';

/** What an answer is read under: the call it belongs to, the wire family that reads it, and how the provider departs from that. */
export interface AnswerTerms {
  readonly call: UpstreamCall;
  readonly protocol: Protocol;
  readonly quirks: Quirks;
  /** Unix milliseconds when the answer began. */
  readonly nowMs: number;
}

/** For turning an error in the answer into one for the caller. */
export function failureContextOf({ call, nowMs }: AnswerTerms): FailureContext {
  return { provider: call.provider, apiKey: call.apiKey, nowMs };
}

/** For writing the answer, or its chunks, in our own words. */
export function writingOptionsOf({ call, quirks, nowMs }: AnswerTerms) {
  return { requestId: call.requestId, model: call.model, createdAt: Math.floor(nowMs / 1000), ownId: quirks.ownIds === true };
}
