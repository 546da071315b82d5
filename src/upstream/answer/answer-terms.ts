import type { AnswerLimits } from '../../config/config.js';
import { CallerText } from '../errors/caller-text.js';
import type { FailureContext } from '../errors/failure.js';
import type { LargeAnswers } from './large-answers.js';
import type { UpstreamCall } from '../exchange.js';
import { secretsOf } from '../http/authorization.js';
import type { Provider } from '../provider.js';
import type { AnswerContext, Protocol } from '../protocol.js';

/**
 * What an answer is read under: the call it belongs to, the wire family that reads it, and how the provider departs
 * from that.
 */
export interface AnswerTerms extends AnswerContext {
  /** The whole of it; the protocol sees what `AnswerContext` names. */
  readonly call: UpstreamCall;
  readonly protocol: Protocol;
  readonly provider: Provider;
  /** Unix milliseconds when the answer began. */
  readonly nowMs: number;
  readonly limits: AnswerLimits;
  readonly large: LargeAnswers;
}

/** For turning an error in the answer into one for the caller. */
export function failureContextOf({ call, provider, quirks, nowMs }: AnswerTerms): FailureContext {
  const callers = new CallerText(() => JSON.stringify([call.body, call.model]));
  return { provider: call.provider, secrets: secretsOf(provider, call), nowMs, quirks: quirks.errors, callers };
}

/** For writing the answer, or its chunks, in our own words. */
export function writingOptionsOf({ call, quirks, nowMs }: AnswerTerms) {
  const { functions, tools } = call.body;
  return {
    requestId: call.requestId,
    model: call.model,
    createdAt: Math.floor(nowMs / 1000),
    ownId: quirks.response?.ownIds === true,
    asFunctionCall: Array.isArray(functions) && (tools === undefined || tools === null),
  };
}
