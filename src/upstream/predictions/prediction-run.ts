import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import { asObject, type JsonObject } from '../json/json.js';
import type { JsonTerms } from '../answer/json-request.js';
import { parseAnswerJson } from '../answer/large-answers.js';
import { placeOfUrl } from './prediction-place.js';
import { isOver } from '../protocols/replicate/prediction.js';
import { readBeginning, type Wire, type WireBody, type WireRequest, type WireResponse } from '../wire.js';

/** The most bytes that are read of responses without a prediction. */
export const MAX_UNWANTED_BYTES = 64 * 1024;

/** The factor from one wait to the next. */
const BACK_OFF = 1.5;
const LONGEST_POLL_MS = 5000;

/** The failed polls in a row that are tolerated, because the prediction runs on and costs money in any case. */
const MOST_FAILURES = 3;

/** What is needed to follow a prediction. */
export interface RunTerms {
  readonly network: Wire;
  readonly clock: Clock;
  /** The request that created the prediction. */
  readonly request: WireRequest;
  readonly signal: AbortSignal;
  readonly waited: { upstreamMs: number };
  readonly totalTimeoutMs: number;
  readonly firstPollMs: number;
  readonly answers: JsonTerms;
}

/**
 * Reads a complete prediction. Undefined if it is not one.
 * @throws RingsideError as `LargeAnswers.whole`, and beyond a limit; the signal's reason
 */
export async function readPrediction(
  { request, signal, answers: { limits, large } }: Pick<RunTerms, 'request' | 'signal' | 'answers'>,
  body: WireBody,
): Promise<{ readonly bytes: Buffer; readonly prediction: JsonObject | undefined }> {
  const { provider, baseUrl } = request;
  // A wire does not know the account. A hostile provider has its own entry, so it only delays its own answers.
  return large.whole({ provider, body, maxBytes: limits.bytes, account: baseUrl, signal }, async (bytes) => {
    return { bytes, prediction: asObject(await parseAnswerJson(bytes, { provider, limits, signal })) };
  });
}

/** One prediction, from its creation to its end. */
export class PredictionRun {
  readonly #sinceMs: number;
  #waitMs: number;
  #isCanceled = false;

  constructor(
    private readonly terms: RunTerms,
    /** The latest state. */
    public prediction: JsonObject,
  ) {
    this.#sinceMs = terms.clock.elapsedMs();
    this.#waitMs = terms.firstPollMs;
  }

  /** Whether the output can be read as a stream. */
  get isStreamed(): boolean {
    return this.#url('stream') !== undefined;
  }

  /** Opens the stream of the output. */
  openStream(): Promise<WireResponse> {
    return this.#send('GET', 'stream', 'text/event-stream');
  }

  /**
   * Polls until the prediction ends. Returns the response if a poll is refused for good, else nothing.
   * @throws RingsideError `upstream_unavailable` if it takes too long or polls fail; the signal's reason
   */
  async finish(): Promise<WireResponse | undefined> {
    const { clock, request, totalTimeoutMs } = this.terms;
    let failures = 0;
    while (!isOver(this.prediction)) {
      if (clock.elapsedMs() - this.#sinceMs > totalTimeoutMs) {
        throw new RingsideError(
          'upstream_unavailable',
          `${request.provider}: no complete answer within ${totalTimeoutMs} ms`,
        );
      }
      await this.#pause();
      failures++;
      const failure = await this.#refresh(failures < MOST_FAILURES);
      if (failure === 'none') failures = 0;
      else if (failure !== 'passing') return failure;
    }
    return undefined;
  }

  /** Polls a prediction with complete output until it counts as finished, a few times at most. False if polls fail. */
  async look(times: number): Promise<boolean> {
    try {
      for (let left = times; left > 0; left--) {
        const failure = await this.#refresh(true);
        if (failure !== 'none' && failure !== 'passing') {
          await readBeginning(failure.body, MAX_UNWANTED_BYTES);
          return false;
        }
        if (isOver(this.prediction)) return true;
        if (left > 1) await this.#pause();
      }
      return true;
    } catch (error) {
      this.terms.signal.throwIfAborted();
      if (error instanceof RingsideError) return false;
      throw error;
    }
  }

  /** Cancels the prediction, once. Nothing waits for the result. */
  cancel(): void {
    if (this.#isCanceled || isOver(this.prediction) || this.#url('cancel') === undefined) return;
    this.#isCanceled = true;
    const nobody = { ...this.terms, signal: new AbortController().signal, waited: { upstreamMs: 0 } };
    this.#send('POST', 'cancel', 'application/json', nobody)
      .then(({ body }) => readBeginning(body, MAX_UNWANTED_BYTES))
      .catch(() => undefined);
  }

  #url(name: 'get' | 'stream' | 'cancel'): unknown {
    return asObject(this.prediction['urls'])?.[name];
  }

  async #send(
    method: 'GET' | 'POST',
    name: 'get' | 'stream' | 'cancel',
    accept: string,
    { network, request, signal, waited }: RunTerms = this.terms,
  ): Promise<WireResponse> {
    const { 'content-type': _, ...headers } = request.headers;
    const place = placeOfUrl(request, this.#url(name));
    return network.send({ ...request, ...place, method, headers: { ...headers, accept }, body: '' }, signal, waited);
  }

  /** Polls once. The result is success, a passing failure, or a final response. */
  async #refresh(isPatient: boolean): Promise<'none' | 'passing' | WireResponse> {
    const { request, signal } = this.terms;
    try {
      const answer = await this.#send('GET', 'get', 'application/json');
      if (answer.status >= 300) {
        if (!isPatient || (answer.status < 500 && answer.status !== 429)) return answer;
        await readBeginning(answer.body, MAX_UNWANTED_BYTES);
        return 'passing';
      }
      const { prediction } = await readPrediction(this.terms, answer.body);
      if (!prediction)
        throw new RingsideError('upstream_invalid_response', `${request.provider}: the answer is not a prediction`);
      this.prediction = prediction;
      return 'none';
    } catch (error) {
      signal.throwIfAborted();
      if (isPatient && error instanceof RingsideError && error.code === 'upstream_unavailable') return 'passing';
      throw error;
    }
  }

  async #pause(): Promise<void> {
    const { clock, signal, waited } = this.terms;
    const sinceMs = clock.elapsedMs();
    try {
      await wait(this.#waitMs, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      waited.upstreamMs += clock.elapsedMs() - sinceMs;
    }
    this.#waitMs = Math.min(this.#waitMs * BACK_OFF, LONGEST_POLL_MS);
  }
}
