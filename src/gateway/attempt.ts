import type { Call, InferenceBody } from '../domain/call/call.js';
import { RingsideError } from '../domain/errors.js';
import type { AttemptContext } from '../meter/attempt-context.js';
import type { AttemptEnding } from '../meter/meter.js';
import { NOTHING_OBSERVED } from '../meter/observed-usage.js';
import type { Admission } from '../policy/admission.js';
import type { AttemptFailure, NextAttempt } from '../upstream/errors/retry-policy.js';
import type { AnswerFault, OutgoingCall } from './endpoint.js';

/** The next attempt to be made at an admitted call. */
export interface Plan<Body extends InferenceBody> {
  /** The call with the body of this attempt. */
  readonly call: Call<Body>;
  /** Where on the route. */
  readonly place: number;
  /** Milliseconds to wait before it. */
  readonly waitMs: number;
  /** The attempt before; undefined for the first one. */
  readonly last: AttemptContext | undefined;
}

/** What became of an attempt that was to be sent. */
export type Sent<Body extends InferenceBody, Answer> =
  { readonly kind: 'answered'; readonly answer: Answer } | Unanswered<Body>;

/**
 * An attempt without an answer. `failed`: the provider failed, or gave what was not asked for, and another attempt may
 * do better. `unsent`: nothing was written to a connection, and nothing will be. `aborted`: the caller left while the
 * provider worked. `broken`: we failed after something was sent.
 */
export type Unanswered<Body extends InferenceBody> =
  | ({ readonly kind: 'failed' } & AnswerFault<Body>)
  | { readonly kind: 'unsent' | 'aborted' | 'broken'; readonly error: unknown };

/** The first attempt at a call: at once, at the first model of its route. */
export function firstPlan<Body extends InferenceBody>(call: Call<Body>): Plan<Body> {
  return { call, place: 0, waitMs: 0, last: undefined };
}

/**
 * The attempt after one that failed: a corrected request to the same model, or the caller's own request to this model
 * or the next one.
 */
export function planAfter<Body extends InferenceBody>(
  { kind, place, waitMs }: NextAttempt,
  call: Call<Body>,
  last: AttemptContext,
  { corrected }: AnswerFault<Body>,
): Plan<Body> {
  const lastBody = last.call.body as Body;
  const body = kind === 'corrected' ? corrected! : kind === 'fallen back' ? call.body : lastBody;
  return { call: { ...call, body }, place, waitMs, last };
}

/** What decides on another attempt after this one. @param ageMs since the call arrived */
export function attemptFailureOf({ error, corrected }: AnswerFault<InferenceBody>, ageMs: number): AttemptFailure {
  return { error, isCorrectable: corrected !== undefined, ageMs };
}

/** How an attempt without an answer ended. @param isFinal the call ends with it */
export function endingOf(sent: Unanswered<InferenceBody>, isFinal: boolean): AttemptEnding {
  if (sent.kind === 'failed') return { ...sent, isFinal };
  if (sent.kind === 'unsent') return { kind: 'unsent' };
  const observed = NOTHING_OBSERVED;
  return sent.kind === 'aborted'
    ? { kind: 'aborted', observed }
    : { kind: 'failed', observed, error: sent.error, isFinal };
}

/** The references that were tried, with one more. */
export function withTried(tried: readonly string[], ref: string): readonly string[] {
  return tried.at(-1) === ref ? tried : [...tried, ref];
}

/**
 * The provider failed, or could not be reached. Any other error before something was sent means that nothing will be.
 */
export function isOfProvider(error: unknown): error is RingsideError {
  return error instanceof RingsideError && error.isFromUpstream;
}

/** What of a call goes to a provider. `user` and `safety_identifier` name a person, and go as keyed hashes. */
export function outgoingOf<Body extends InferenceBody>(
  { body, caller, requestId, signal }: Call<Body>,
  { userHash, safetyHash }: Pick<Admission, 'userHash' | 'safetyHash'>,
): Pick<OutgoingCall<Body>, 'account' | 'body' | 'requestId' | 'signal' | 'userHash'> {
  const outgoing = body.safety_identifier === undefined ? body : { ...body, safety_identifier: safetyHash };
  return { account: caller.account, body: outgoing, requestId, signal, userHash };
}
