import type { UpstreamUse } from '../../domain/call/call.js';
import type { Clock } from '../../domain/clock.js';
import type { JsonObject } from '../json/json.js';
import type { JsonTerms } from '../answer/json-request.js';
import { MAX_UNWANTED_BYTES, readPrediction } from './prediction-run.js';
import { bodyOf, readBeginning, type Wire, type WireRequest, type WireResponse } from '../wire.js';

/** What is needed to create a prediction. */
export interface CreationTerms {
  readonly network: Wire;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly waited: UpstreamUse;
  /** Milliseconds that the response may still take after the signal aborts. */
  readonly belatedMs: number;
  readonly answers: JsonTerms;
}

/** The response to a creation, and the prediction in it, if there is one. */
export interface Creation {
  readonly response: WireResponse;
  readonly prediction: JsonObject | undefined;
}

/**
 * Creates a prediction. A prediction runs and costs money even if nobody waits, and only the response tells how to
 * cancel it. So if the signal aborts after the request was sent, the response is still read for a while.
 * @param onBelated takes a prediction that became known after the signal aborted
 * @throws the signal's reason at once when it aborts; else as `Wire.send`
 */
export async function createPrediction(
  request: WireRequest,
  { network, clock, signal, waited, belatedMs, answers }: CreationTerms,
  onBelated: (prediction: JsonObject) => void,
): Promise<Creation> {
  signal.throwIfAborted();
  const patience = new AbortController();
  const sinceMs = clock.elapsedMs();
  const use: UpstreamUse = { upstreamMs: 0 };
  const creation = create(request, { network, answers, signal: patience.signal, use });
  const left = Promise.withResolvers<never>();
  const onLeave = () => {
    left.reject(signal.reason);
    if (!use.requests) patience.abort(signal.reason);
    const impatience = setTimeout(() => patience.abort(signal.reason), belatedMs);
    creation
      .then(({ prediction }) => prediction && onBelated(prediction))
      .catch(() => undefined)
      .finally(() => clearTimeout(impatience));
  };
  signal.addEventListener('abort', onLeave);
  try {
    return await Promise.race([creation, left.promise]);
  } finally {
    signal.removeEventListener('abort', onLeave);
    waited.upstreamMs += clock.elapsedMs() - sinceMs;
    waited.requests = (waited.requests ?? 0) + (use.requests ?? 0);
  }
}

/** Reads the whole response, so that nothing is left to wait for. */
async function create(
  request: WireRequest,
  {
    network,
    answers,
    signal,
    use,
  }: Pick<CreationTerms, 'network' | 'answers' | 'signal'> & { readonly use: UpstreamUse },
): Promise<Creation> {
  const answer = await network.send(request, signal, use);
  if (answer.status >= 300) {
    return {
      response: { ...answer, body: bodyOf([await readBeginning(answer.body, MAX_UNWANTED_BYTES)]) },
      prediction: undefined,
    };
  }
  const { bytes, prediction } = await readPrediction({ request, signal, answers }, answer.body);
  return { response: { ...answer, body: bodyOf([bytes]) }, prediction };
}
