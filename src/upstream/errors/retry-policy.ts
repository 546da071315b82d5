import type { RingsideError } from '../../domain/errors.js';
import { isPassing, retryWaitMs } from './retry.js';

/** How often a model may correct an answer of the wrong form. */
const MOST_CORRECTIONS = 2;

/** A failed attempt. */
export interface AttemptFailure {
  readonly error: RingsideError;
  /** Whether the model answered in the wrong form, so that a correction can be asked for. */
  readonly isCorrectable: boolean;
  /** Milliseconds since the call arrived. */
  readonly ageMs: number;
}

/**
 * The attempt after a failed one: the same model again, with or without a correction, or the next model of the route.
 */
export interface NextAttempt {
  readonly kind: 'corrected' | 'retried' | 'fallen back';
  /** The index in the route. */
  readonly place: number;
  /** Milliseconds to wait before it. */
  readonly waitMs: number;
}

/**
 * Decides the attempts of a call along its route. A single model is retried after a wait. Of several models each is
 * tried once, without a wait, because the next model is the better chance. An answer of the wrong form is corrected
 * first.
 */
export class RetryPolicy {
  #place = 0;
  #retries = 0;
  #corrections = 0;
  #attempt = 1;

  /**
   * @param models the number of models in the route
   * @param mostRetries how often a single model is retried
   */
  constructor(
    private readonly requestId: string,
    private readonly models: number,
    private readonly mostRetries: number,
  ) {}

  /** The next attempt after a failure. Undefined if the call has failed. */
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
