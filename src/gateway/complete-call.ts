import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { Awaitable } from '../domain/awaitable.js';
import type { Call, InferenceBody, UpstreamUse } from '../domain/call/call.js';
import { sentOutputLimit } from '../domain/call/output-limit.js';
import { Clock } from '../domain/clock.js';
import { KeptText } from '../meter/kept-text.js';
import { NOTHING_SET_ASIDE, refOf, type AttemptContext } from '../meter/attempt-context.js';
import { Meter } from '../meter/meter.js';
import { NOTHING_OBSERVED, NOTHING_USED } from '../meter/observed-usage.js';
import { AdmissionController, type Admission } from '../policy/admission.js';
import type { StreamExchange } from '../upstream/exchange.js';
import { RetryPolicy } from '../upstream/errors/retry-policy.js';
import { spentIn } from '../upstream/errors/spent-failure.js';
import {
  endingOf,
  attemptFailureOf,
  firstPlan,
  isOfProvider,
  outgoingOf,
  planAfter,
  withTried,
  type Plan,
  type Sent,
} from './attempt.js';
import type { InferenceEndpoint, JsonAnswer } from './endpoint.js';
import { answered, failed, type Outcome, type ShownInHeaders } from './outcome.js';

/** The stream's end; the caller gets it only once the book knows the call. */
const DONE = Buffer.from('data: [DONE]\n\n');

/**
 * A call from its admission to its answer: resolve → admit → loop { fund → send → record } → answer. Nothing is sent
 * before money for it is set aside, every attempt that was sent is recorded, and the answer leaves when its record is
 * durable.
 */
@Injectable()
export class CompleteCall {
  private readonly mostRetries: number;

  constructor(
    config: Config,
    private readonly admissions: AdmissionController,
    private readonly meter: Meter,
    private readonly clock: Clock,
  ) {
    this.mostRetries = config.upstreamRetries;
  }

  /** Never rejects: what went wrong is in the outcome. */
  async run<Body extends InferenceBody, Answer, Prepared>(
    call: Call<Body>,
    endpoint: InferenceEndpoint<Body, Answer, Prepared>,
  ): Promise<Outcome> {
    const use: UpstreamUse = { upstreamMs: 0 };
    const admitted = await this.admissions.admit(call);
    if (admitted.kind === 'refused') return failed(admitted.error, { rateLimits: admitted.rateLimits, tried: [] }, use);
    const { admission } = admitted;
    let tried: readonly string[] = [];
    const shown = (): ShownInHeaders => ({ rateLimits: admission.rateLimits.headers(), tried });
    try {
      const preparing = this.prepare(call, admission, endpoint);
      const prepared = preparing instanceof Promise ? await preparing : preparing;
      const retries = new RetryPolicy(call.requestId, admission.route.length, this.mostRetries);
      let plan: Plan<Body> = firstPlan(call);
      for (;;) {
        const attempt = await this.fund(plan, admission, use);
        tried = withTried(tried, refOf(attempt));
        const sent = await this.send(plan.call, attempt, admission, endpoint, prepared);
        if (sent.kind === 'answered') return await this.answer(attempt, endpoint.read(sent.answer), shown());
        const next = sent.kind === 'failed' ? retries.after(attemptFailureOf(sent, this.ageMs(call))) : undefined;
        const tokens = await this.record(attempt, sent, next === undefined);
        if (sent.kind !== 'failed' || !next) throw sent.error;
        plan = planAfter(next, call, { ...attempt, tokensBefore: tokens }, sent);
      }
    } catch (error) {
      return failed(error, shown(), use);
    }
  }

  /** What all attempts need. A request that cannot be sent has taken nothing. */
  private prepare<Body extends InferenceBody, Prepared>(
    call: Call<Body>,
    { rateLimits }: Admission,
    endpoint: InferenceEndpoint<Body, unknown, Prepared>,
  ): Awaitable<Prepared> {
    const refuse = (error: unknown): never => {
      rateLimits.release();
      throw error;
    };
    try {
      const prepared = endpoint.prepare(call);
      return prepared instanceof Promise ? prepared.catch(refuse) : prepared;
    } catch (error) {
      return refuse(error);
    }
  }

  /**
   * Waits until the attempt is due and sets aside what it can cost. A call that ends here after an attempt was sent is
   * recorded: this is how it ended.
   */
  private async fund<Body extends InferenceBody>(
    plan: Plan<Body>,
    admission: Admission,
    use: UpstreamUse,
  ): Promise<AttemptContext> {
    const { call, last } = plan;
    const target = admission.route[plan.place]!;
    const { customer, attribution, rateLimits } = admission;
    const { billable, personal } = attribution;
    const number = (last?.number ?? 0) + 1;
    try {
      if (plan.waitMs > 0) await this.wait(call, plan.waitMs, use);
      const funding = await this.admissions.fund(call, admission, target);
      return {
        call,
        use,
        customer,
        billable,
        personal,
        rateLimits,
        number,
        tokensBefore: last?.tokensBefore ?? 0,
        ...funding,
      };
    } catch (error) {
      if (last) {
        await this.endCall({ ...last, ...NOTHING_SET_ASIDE, call, target, number }, error);
        throw call.signal.aborted ? call.signal.reason : error;
      }
      rateLimits.release();
      throw error;
    }
  }

  private async send<Body extends InferenceBody, Answer, Prepared>(
    call: Call<Body>,
    { target, bound, use }: AttemptContext,
    admission: Admission,
    endpoint: InferenceEndpoint<Body, Answer, Prepared>,
    prepared: Prepared,
  ): Promise<Sent<Body, Answer>> {
    const requestsBefore = use.requests ?? 0;
    const { signal } = call;
    try {
      signal.throwIfAborted();
      const outputLimit = sentOutputLimit(bound?.outputLimit, target.sizes);
      const outgoing = {
        ...target,
        ...outgoingOf(call, admission),
        outputLimit,
        isBounded: bound !== undefined,
        waited: use,
      };
      const answer = await endpoint.send(outgoing, prepared);
      const fault = endpoint.faultOf(answer, call.body);
      return fault ? { kind: 'failed', ...fault } : { kind: 'answered', answer };
    } catch (error) {
      // Also where there was no connection: another attempt may have one.
      if (isOfProvider(error) && !signal.aborted) {
        return { kind: 'failed', error, observed: { ...NOTHING_OBSERVED, ...spentIn(error) }, corrected: undefined };
      }
      if ((use.requests ?? 0) === requestsBefore) return { kind: 'unsent', error };
      return { kind: signal.aborted ? 'aborted' : 'broken', error };
    }
  }

  /** Records how an attempt without an answer ended. @returns the tokens that all attempts have used so far */
  private async record<Body extends InferenceBody>(
    attempt: AttemptContext,
    sent: Exclude<Sent<Body, unknown>, { readonly kind: 'answered' }>,
    isFinal: boolean,
  ): Promise<number> {
    const { tokens } = await this.meter.end(attempt, endingOf(sent, isFinal));
    // Nothing of this attempt was sent, but the call was, with an earlier one.
    if (sent.kind === 'unsent' && attempt.number > 1)
      await this.endCall({ ...attempt, ...NOTHING_SET_ASIDE }, sent.error);
    return tokens;
  }

  /** Records the end of a call between two attempts: the next one was refused, or its caller left. */
  private async endCall(attempt: AttemptContext, error: unknown): Promise<void> {
    const observed = NOTHING_USED;
    await this.meter.end(
      attempt,
      attempt.call.signal.aborted ? { kind: 'aborted', observed } : { kind: 'failed', observed, error, isFinal: true },
    );
  }

  private async answer(
    attempt: AttemptContext,
    answer: JsonAnswer | StreamExchange,
    shown: ShownInHeaders,
  ): Promise<Outcome> {
    const { use, call } = attempt;
    const served = refOf(attempt);
    const begun = { ...attempt, overheadMs: this.ageMs(call) - use.upstreamMs };
    if (answer.kind === 'stream')
      return answered({ kind: 'stream', bytes: this.recordedStream(begun, answer) }, { ...shown, served }, use);
    // What waits in the spool is accounted for, so the answer is given; what it leaves of a wallet shows when it is
    // booked.
    const { recorded, tokens } = await this.meter.end(begun, { kind: 'completed', observed: answer.observed });
    const body = answer.body(tokens);
    return answered(
      { kind: 'json', body: body instanceof Promise ? await body : body },
      { ...shown, served, wallet: recorded?.data.wallet },
      use,
    );
  }

  /**
   * Passes a stream on and records it, however it ends: to its end, by the provider's failure (which is thrown on, so
   * that the stream ends with an error and without `[DONE]`), or because the caller left, which shows as the signal or
   * as this iteration being ended early.
   */
  private async *recordedStream(attempt: AttemptContext, { steps }: StreamExchange): AsyncGenerator<Buffer> {
    const text = new KeptText();
    let { usage, prompt, upstreamModel } = NOTHING_OBSERVED;
    let isUnlisted = false;
    let kind: 'completed' | 'aborted' | 'failed' = 'aborted';
    let error: unknown;
    try {
      for await (const step of steps) {
        usage = step.usage ?? usage;
        prompt = step.prompt ?? prompt;
        upstreamModel = step.upstreamModel ?? upstreamModel;
        isUnlisted ||= step.isUnlisted === true;
        text.add(step.outputText);
        if (step.bytes) yield step.bytes;
      }
      kind = 'completed';
    } catch (failure) {
      if (!attempt.call.signal.aborted) [kind, error] = ['failed', failure];
      throw failure;
    } finally {
      const observed = {
        usage,
        prompt,
        upstreamModel,
        isUnlisted,
        outputText: text.text,
        outputBytesBeyond: text.bytesBeyond,
      };
      await this.meter.end(attempt, kind === 'failed' ? { kind, observed, error, isFinal: true } : { kind, observed });
    }
    yield DONE;
  }

  /** A wait for the provider's sake, which is none of the time spent here. */
  private async wait({ signal }: Call, waitMs: number, use: UpstreamUse): Promise<void> {
    const sinceMs = this.clock.elapsedMs();
    try {
      await wait(waitMs, undefined, { signal });
    } finally {
      use.upstreamMs += this.clock.elapsedMs() - sinceMs;
    }
  }

  private ageMs({ arrivedAtMs }: Call): number {
    return this.clock.elapsedMs() - arrivedAtMs;
  }
}
