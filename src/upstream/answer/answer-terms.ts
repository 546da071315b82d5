import type { AnswerLimits } from '../../config/config.js';
import { CallerText } from '../errors/caller-text.js';
import type { FailureContext } from '../errors/failure.js';
import type { LargeAnswers } from './large-answers.js';
import type { UpstreamCall } from '../exchange.js';
import { secretsOf } from '../http/authorization.js';
import type { Provider } from '../provider.js';
import type { AnswerContext, Protocol } from '../protocol.js';

/** Everything needed to read an answer: its call, the wire family and the provider's quirks. */
export interface AnswerTerms extends AnswerContext {
  /** The whole call. A protocol only sees the fields of `AnswerContext`. */
  readonly call: UpstreamCall;
  readonly protocol: Protocol;
  readonly provider: Provider;
  /** Unix milliseconds when the answer began. */
  readonly nowMs: number;
  readonly limits: AnswerLimits;
  readonly large: LargeAnswers;
}

/** What is needed to turn a provider's error into one for the caller. */
export function failureContextOf({ call, provider, quirks, nowMs }: AnswerTerms): FailureContext {
  const callers = new CallerText(() => JSON.stringify([call.body, call.model]));
  return { provider: call.provider, secrets: secretsOf(provider, call), nowMs, quirks: quirks.errors, callers };
}

/** What is needed to write the answer, or its chunks, in OpenAI's format. */
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
