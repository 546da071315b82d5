import type { RingsideError } from '../../domain/errors.js';
import { isPassing, retryWaitMs } from './retry.js';

/** How often a model is told what was wrong with the form of its answer, and asked again. */
const MOST_CORRECTIONS = 2;

/** An attempt that failed. */
export interface AttemptFailure {
  readonly error: RingsideError;
  /** Whether the model answered, in a form it was not asked for: it can be told so. */
  readonly isCorrectable: boolean;
  /** Milliseconds since the call arrived. */
  readonly ageMs: number;
}

/**
 * What comes after a failed attempt: the same model again, told what was wrong or not, or the next one of the route.
 */
export interface NextAttempt {
  readonly kind: 'corrected' | 'retried' | 'fallen back';
  /** Where on the route. */
  readonly place: number;
  /** Milliseconds to wait before it. */
  readonly waitMs: number;
}

/**
 * The course of a call's attempts along its route. One model is tried again after a wait; of several each is tried
 * once, at once, since the next one is the better second chance. An answer of the wrong form is corrected first,
 * wherever it came from.
 */
export class RetryPolicy {
  #place = 0;
  #retries = 0;
  #corrections = 0;
  #attempt = 1;

  /**
   * @param models how many models the route has
   * @param mostRetries how often a single model is tried again
   */
  constructor(
    private readonly requestId: string,
    private readonly models: number,
    private readonly mostRetries: number,
  ) {}

  /** The next attempt after this failure; undefined when the call has failed. */
  after(failure: AttemptFailure): NextAttempt | undefined {
    const next = this.#corrected(failure) ?? this.#retried(failure) ?? this.#fallenBack(failure);
    this.#attempt++;
    return next;
  }

  #corrected({ isCorrectable }: AttemptFailure): NextAttempt | undefined {
    if (!isCorrectable || this.#corrections >= MOST_CORRECTIONS) return undefined;
    this.#corrections++;
    return { kind: 'corrected', place: this.#place, waitMs: 0 };
  }

  #retried({ error, ageMs }: AttemptFailure): NextAttempt | undefined {
    if (this.models > 1) return undefined;
    const failed = { error, requestId: this.requestId, attempt: this.#attempt, retries: this.#retries, ageMs };
    const waitMs = retryWaitMs(failed, this.mostRetries);
    if (waitMs === undefined) return undefined;
    this.#retries++;
    return { kind: 'retried', place: this.#place, waitMs };
  }

  #fallenBack({ error }: AttemptFailure): NextAttempt | undefined {
    if (this.#place + 1 >= this.models || !(isPassing(error) || error.code === 'response_schema_validation_failed'))
      return undefined;
    this.#corrections = 0;
    return { kind: 'fallen back', place: ++this.#place, waitMs: 0 };
  }
}
