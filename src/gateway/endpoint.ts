import type { Call, InferenceBody } from '../domain/call/call.js';
import type { RingsideError } from '../domain/errors.js';
import type { ObservedUsage } from '../meter/observed-usage.js';
import type { StreamExchange, UpstreamCall } from '../upstream/exchange.js';

/**
 * What one inference endpoint does in its own way. Everything else of a call is the same for all (`complete-call.ts`).
 */
export interface InferenceEndpoint<Body extends InferenceBody, Answer, Prepared> {
  /**
   * What all attempts at an admitted call need.
   * @throws RingsideError those of a request that cannot be sent
   */
  prepare(call: Call<Body>): Prepared | Promise<Prepared>;
  /** Sends one attempt to a provider; resolves at the first byte of the answer. */
  send(attempt: OutgoingCall<Body>, prepared: Prepared): Promise<Answer>;
  /** What is wrong with an answer that came; undefined when nothing is. */
  faultOf(answer: Answer, body: Body): AnswerFault<Body> | undefined;
  /** An answer without a fault: whole, or as a stream. */
  read(answer: Answer): JsonAnswer | StreamExchange;
}

/** An attempt as a provider may see it: nothing in it names the customer. */
export type OutgoingCall<Body extends InferenceBody> = Omit<UpstreamCall, 'body' | 'schema'> & { readonly body: Body };

/** An answer that was given and used, but not in the form that was asked for. */
export interface AnswerFault<Body extends InferenceBody> {
  readonly error: RingsideError;
  readonly observed: ObservedUsage;
  /** The request that tells the model what was wrong; undefined when that would not help. */
  readonly corrected: Body | undefined;
}

/** An answer that came whole. */
export interface JsonAnswer {
  readonly kind: 'whole';
  readonly observed: ObservedUsage;
  /**
   * The body for the caller.
   * @param tokens what all attempts at the call have used
   */
  readonly body: (tokens: number) => Buffer | Promise<Buffer>;
}
