import type { UpstreamUse } from '../../domain/call/call.js';
import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { JsonObject } from '../json/json.js';
import type { JsonTerms } from '../answer/json-request.js';
import { writeJsonInSlices } from '../json/json-writer.js';
import { createPrediction } from './prediction-creation.js';
import { ReadOutput } from './prediction-output.js';
import { PredictionRun } from './prediction-run.js';
import { SseReader } from '../http/sse.js';
import { isOver, textOf } from '../protocols/replicate/prediction.js';
import { bodyOf, type Wire, type WireBody, type WireRequest, type WireResponse } from '../wire.js';

const FIRST_POLL_MS = 500;

/** How long a creation is awaited after the caller left. */
const BELATED_MS = 10_000;

/** How often a prediction with complete output is polled for its counts. */
const MOST_LAST_LOOKS = 3;

/** How long a failed prediction is polled for its usage, or a broken stream's prediction for its state. */
const FAILED_LOOK_MS = 1000;
const BROKEN_LOOK_MS = 5000;

/** The time limits of a prediction. */
export interface PredictionTerms {
  /** The most milliseconds from the creation of a prediction to its answer. */
  readonly totalTimeoutMs: number;
  /** Milliseconds before the first poll, 500 by default. Each wait is longer than the one before. */
  readonly firstPollMs?: number;
  /** Milliseconds that a creation may take, to be canceled, after the caller left. 10 000 by default. */
  readonly belatedMs?: number;
  readonly answers: JsonTerms;
}

/**
 * Replicate's predictions. One request creates a prediction, others poll it. Here they are one exchange: the answer is
 * the finished prediction or, if events are accepted, a stream of its output. In a stream the prediction comes before
 * and after the provider's own events, as `event: prediction`, because only it has the model and the counts.
 */
export class Predictions implements Wire {
  constructor(
    private readonly network: Wire,
    private readonly clock: Clock,
    private readonly terms: PredictionTerms,
  ) {}

  async send(request: WireRequest, signal: AbortSignal, waited: UpstreamUse): Promise<WireResponse> {
    const isStream = request.headers['accept'] === 'text/event-stream';
    const headers = { ...request.headers, accept: 'application/json', ...(!isStream && { prefer: 'wait' }) };
    const { network, clock } = this;
    const terms = {
      firstPollMs: FIRST_POLL_MS,
      belatedMs: BELATED_MS,
      ...this.terms,
      network,
      clock,
      request,
      signal,
      waited,
    };
    const runOf = (prediction: JsonObject) => new PredictionRun(terms, prediction);
    const { response, prediction } = await createPrediction({ ...request, headers }, terms, (belated) =>
      runOf(belated).cancel(),
    );
    if (!prediction) return response;
    const run = runOf(prediction);
    try {
      if (!isStream) return await finished(run);
      return run.isStreamed ? await streamed(run, request.provider, this.terms) : await writtenAtOnce(run);
    } catch (error) {
      run.cancel();
      throw error;
    }
  }
}

/** The finished prediction, or the response of a refused poll. */
async function finished(run: PredictionRun): Promise<WireResponse> {
  const failure = await run.finish();
  if (failure) {
    run.cancel();
    return failure;
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: bodyOf([await writeJsonInSlices(run.prediction)]),
  };
}

async function streamed(run: PredictionRun, provider: string, { answers }: PredictionTerms): Promise<WireResponse> {
  const stream = await run.openStream();
  if (stream.status >= 300) {
    run.cancel();
    return stream;
  }
  return { ...stream, body: bodyOf(eventsOf(run, stream.body, new SseReader(provider, answers.limits.eventBytes))) };
}

/** Models without a stream send their answer in one event. */
async function writtenAtOnce(run: PredictionRun): Promise<WireResponse> {
  const created = predictionEvent(run);
  const answer = await finished(run);
  if (answer.status >= 300) return answer;
  const text = textOf(run.prediction) ?? '';
  const events = [created, ...(text === '' ? [] : [sseEvent('output', text)]), predictionEvent(run)];
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: bodyOf(events) };
}

/**
 * Passes on together what arrives together. If a stream breaks off or has no end event, the prediction tells whether
 * the answer is complete. Leaving early cancels the prediction.
 */
async function* eventsOf(run: PredictionRun, body: WireBody, reader: SseReader): AsyncGenerator<Buffer> {
  const read = new ReadOutput();
  try {
    yield predictionEvent(run);
    let failure: unknown;
    try {
      for await (const bytes of body) {
        const events = [...read.of(reader.push(bytes))];
        if (read.isOver) body.release();
        if (events.length > 0) yield Buffer.concat(events);
        if (read.isOver) break;
      }
      const tail = read.isOver ? undefined : reader.end();
      if (tail) yield Buffer.concat([...read.of([tail]), Buffer.from('\n\n')]);
    } catch (error) {
      if (!isBroken(error)) throw error;
      failure = error;
    }
    if (read.isOver) {
      if (await (read.hasFailed ? lookedAt(run, FAILED_LOOK_MS) : run.look(MOST_LAST_LOOKS)))
        yield predictionEvent(run);
      return;
    }
    const rest =
      (await lookedAt(run, BROKEN_LOOK_MS)) && isOver(run.prediction) ? read.restOf(textOf(run.prediction)) : undefined;
    if (rest !== undefined)
      yield Buffer.concat([...(rest === '' ? [] : [sseEvent('output', rest)]), predictionEvent(run)]);
    else if (failure) throw failure as Error;
  } finally {
    if (!read.isOver && !isOver(run.prediction)) run.cancel();
  }
}

/** Polls a prediction once, with a time limit in milliseconds. */
async function lookedAt(run: PredictionRun, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, ms, false);
  const look = run.look(1);
  look.catch(() => undefined);
  return Promise.race([look, late]).finally(() => clearTimeout(timer));
}

/** A broken connection, or one that was silent for too long. */
function isBroken(error: unknown): boolean {
  return error instanceof RingsideError && error.code === 'upstream_unavailable';
}

/** The prediction as an event, without its input. */
function predictionEvent({ prediction }: PredictionRun): Buffer {
  return sseEvent('prediction', JSON.stringify({ ...prediction, input: undefined, logs: undefined }));
}

function sseEvent(name: string, data: string): Buffer {
  const lines = data.split(/\r\n|\n|\r/).map((line) => `data: ${line}\n`);
  return Buffer.from(`event: ${name}\n${lines.join('')}\n`);
}
