import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { Call, InferenceBody } from '../domain/call/call.js';
import { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import { directRef } from '../domain/call/model-ref.js';
import { sentOutputLimit } from '../domain/call/output-limit.js';
import type { Target } from '../domain/call/target.js';
import { Meter, NOTHING_OBSERVED, type AttemptCredit, type AttemptContext, type ObservedUsage } from '../meter/meter.js';
import { AdmissionController, type Admission, type Funding } from '../policy/admission.js';
import { Course, type NextAttempt } from '../upstream/course.js';
import { spentIn } from '../upstream/spent-failure.js';

/** How an endpoint makes one attempt, and what it finds wrong with the answer. */
export interface AttemptStrategy<Body extends InferenceBody, Answer> {
  /** Sends the call to a model and resolves at the first byte of the answer. */
  send(attempt: Attempt<Body>): Promise<Answer>;
  /** What is wrong with an answer that came; undefined when nothing is. */
  faultOf?(answer: Answer, body: Body): Fault<Body> | undefined;
}

/** One attempt at a call, ready to be sent. */
export interface Attempt<Body extends InferenceBody> {
  readonly call: Call<Body>;
  readonly target: Target;
  /** Stands for the customer at providers that ask for a user. */
  readonly userHash: string | undefined;
  /** The output limit to be sent where the caller gave none; it makes a hold's bound true. */
  readonly outputLimit: number | undefined;
  /** Whether money was set aside for the most that it can cost. */
  readonly isBounded: boolean;
}

/** An answer that was given and used, but not in the form that was asked for. */
export interface Fault<Body extends InferenceBody> {
  readonly error: RingsideError;
  readonly observed: ObservedUsage;
  /** The request that tells the model what was wrong; undefined when that would not help. */
  readonly corrected: Body | undefined;
}

/** An attempt that was answered. Whoever asked has it metered. */
export interface AnsweredAttempt<Answer> {
  readonly answer: Answer;
  readonly context: AttemptContext;
  /** The reference that served. */
  readonly refUsed: string;
}

type FailedAttempt<Body extends InferenceBody> = {
  readonly error: RingsideError;
  readonly observed: ObservedUsage;
  readonly corrected?: Body | undefined;
};

/**
 * Makes attempts at a call along its route until one is answered, and has each that failed recorded. Errors: those of admission and of
 * the last attempt.
 */
@Injectable()
export class Attempts {
  private readonly mostRetries: number;

  constructor(
    config: Config,
    private readonly admissions: AdmissionController,
    private readonly meter: Meter,
    private readonly clock: Clock,
  ) {
    this.mostRetries = config.upstreamRetries;
  }

  async run<Body extends InferenceBody, Answer>(
    call: Call<Body>,
    strategy: AttemptStrategy<Body, Answer>,
  ): Promise<AnsweredAttempt<Answer>> {
    const admission = await this.admissions.admit(call);
    const course = new Course(call.requestId, admission.route.length, this.mostRetries);
    const tried: string[] = [];
    let body = call.body;
    let context = meteredOf(call, admission, admission.first);
    for (;;) {
      const refUsed = directRef(context.target.provider, context.target.model);
      noteTried(call, tried, refUsed);
      const end = await this.attempt(body === call.body ? call : { ...call, body }, context, admission, strategy);
      if (!('error' in end)) return { answer: end.answer, context, refUsed };
      const ageMs = this.clock.elapsedMs() - call.arrivedAtMs;
      const next = course.after({ error: end.error, isCorrectable: end.corrected !== undefined, ageMs });
      if (!next) {
        await this.meter.failed(context, end.observed, end.error);
        throw end.error;
      }
      await this.meter.retried(context, end.observed, end.error);
      if (next.kind === 'corrected') body = end.corrected!;
      else if (next.kind === 'fallen back') body = call.body;
      context = await this.prepared({ ...call, body }, admission, context, next);
    }
  }

  /** Makes one attempt. What can be tried again is given back; whatever ends the call is recorded and thrown. */
  private async attempt<Body extends InferenceBody, Answer>(
    call: Call<Body>,
    context: AttemptContext,
    hashes: Pick<Admission, 'userHash' | 'safetyHash'>,
    strategy: AttemptStrategy<Body, Answer>,
  ): Promise<{ readonly answer: Answer } | FailedAttempt<Body>> {
    const { target, bound } = context;
    const sentBefore = requestsOf(call);
    try {
      call.signal.throwIfAborted();
      const answer = await strategy.send({
        call: nameless(call, hashes),
        target,
        userHash: hashes.userHash,
        outputLimit: sentOutputLimit(bound?.outputLimit, target.sizes),
        isBounded: bound !== undefined,
      });
      return strategy.faultOf?.(answer, call.body) ?? { answer };
    } catch (error) {
      const isSent = requestsOf(call) > sentBefore;
      if (!isSent && !(isOfUpstream(error) && !call.signal.aborted)) await this.unsent(context, call.signal.aborted ? undefined : error);
      else if (call.signal.aborted) await this.meter.aborted(context, NOTHING_OBSERVED);
      else if (isOfUpstream(error)) return { error, observed: { ...NOTHING_OBSERVED, ...spentIn(error) } };
      else await this.meter.failed(context, NOTHING_OBSERVED, error);
      throw error;
    }
  }

  /**
   * Nothing of this attempt was sent. A call that was sent before has to have an end in the book all the same.
   * @param refusal undefined when the caller left
   */
  private async unsent(context: AttemptContext, refusal: unknown): Promise<void> {
    await this.meter.unsent(context);
    if (context.attempt > 1) await this.meter.ended({ ...context, ...NOTHING_SET_ASIDE }, refusal);
  }

  /** A wait for the provider's sake, which is none of the time spent here. */
  private async waitFor({ waited, signal }: Call, waitMs: number): Promise<void> {
    const sinceMs = this.clock.elapsedMs();
    try {
      await wait(waitMs, undefined, { signal });
    } finally {
      waited.upstreamMs += this.clock.elapsedMs() - sinceMs;
    }
  }

  /** Waits and finds the money for the next attempt. A call that ends here has been sent, so its end is recorded. */
  private async prepared(call: Call, admission: Admission, last: AttemptContext, { place, waitMs }: NextAttempt): Promise<AttemptContext> {
    const target = admission.route[place]!;
    const attempt = last.attempt + 1;
    try {
      if (waitMs > 0) await this.waitFor(call, waitMs);
      const funding = await this.admissions.fund(call, admission, target);
      return { ...last, ...funding, call, attempt };
    } catch (error) {
      const refusal = call.signal.aborted ? undefined : error;
      await this.meter.ended({ ...last, ...NOTHING_SET_ASIDE, call, target, attempt }, refusal);
      throw refusal ?? call.signal.reason;
    }
  }
}

const NO_CREDIT: AttemptCredit = { commit: () => undefined, release: () => undefined };

/** What is set aside for an attempt that was not made. */
const NOTHING_SET_ASIDE = {
  hold: undefined,
  bound: undefined,
  mostNanoUsd: undefined,
  credit: NO_CREDIT,
  spoolReservation: { release: () => undefined },
};

function meteredOf(
  call: Call,
  { attribution: { billable, personal }, customer, rateLimits: reservation }: Admission,
  funding: Funding,
): AttemptContext {
  return { call, customer, billable, personal, rateLimits: reservation, ...funding, attempt: 1, used: { tokens: 0 } };
}

/** Tells the caller which models were tried, also when the last one fails. */
function noteTried({ answerHeaders }: Call, tried: string[], ref: string): void {
  if (tried.at(-1) !== ref) tried.push(ref);
  answerHeaders['x-ringside-models-tried'] = tried.join();
  answerHeaders['x-ringside-fallback-triggered'] = String(tried.length > 1);
}

/** How many requests the call has sent so far. Whether an attempt was sent is known where they are written, and nowhere before. */
function requestsOf({ waited }: Call): number {
  return waited.requests ?? 0;
}

/**
 * The provider failed, or could not be reached; it can be tried again. Any other error before something was sent means that nothing will
 * be.
 */
function isOfUpstream(error: unknown): error is RingsideError {
  return error instanceof RingsideError && error.isFromUpstream;
}

/** The call as it goes upstream: `safety_identifier` names a person, as `user` does. */
function nameless<Body extends InferenceBody>(call: Call<Body>, { safetyHash }: Pick<Admission, 'safetyHash'>): Call<Body> {
  if (call.body.safety_identifier === undefined) return call;
  return { ...call, body: { ...call.body, safety_identifier: safetyHash } };
}
