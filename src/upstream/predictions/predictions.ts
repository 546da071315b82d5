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

/** How long a prediction is waited for whose caller left while it was being made. */
const BELATED_MS = 10_000;

/** How often a prediction that has told its whole answer is asked for its counts, when they are not there at once. */
const MOST_LAST_LOOKS = 3;

/**
 * How long a prediction is looked at that wrote an error, for what it has used, or whose stream broke off, for what it
 * came to.
 */
const FAILED_LOOK_MS = 1000;
const BROKEN_LOOK_MS = 5000;

/** What a prediction is waited for with. */
export interface PredictionTerms {
  /** The most milliseconds from a prediction's creation to its answer. */
  readonly totalTimeoutMs: number;
  /**
   * Milliseconds before a prediction is asked for the first time, 500 if left out; each wait is longer than the one
   * before it.
   */
  readonly firstPollMs?: number;
  /**
   * Milliseconds that a prediction may take to become known, and be canceled, after its caller left; 10 000 if left
   * out.
   */
  readonly belatedMs?: number;
  readonly answers: JsonTerms;
}

/**
 * Replicate's way of answering: a request makes a prediction, others ask for what it came to. Here they are one
 * exchange: the answer is the prediction once it is over or, where events are accepted, a stream of what it writes. In
 * a stream the prediction itself stands before and behind the provider's own events, as `event: prediction`, since
 * nothing else tells whose answer it is and what it counts.
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

/** The prediction once it is over, or the error of whoever was asked for it. */
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

/** Models that write no stream give their answer in one event of it. */
async function writtenAtOnce(run: PredictionRun): Promise<WireResponse> {
  const created = predictionEvent(run);
  const answer = await finished(run);
  if (answer.status >= 300) return answer;
  const text = textOf(run.prediction) ?? '';
  const events = [created, ...(text === '' ? [] : [sseEvent('output', text)]), predictionEvent(run)];
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: bodyOf(events) };
}

/**
 * What arrives together goes on together. A stream that breaks off, or ends without saying so, may have been a whole
 * answer: the prediction tells. Whoever leaves before the end takes the prediction along.
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

/** Looks at a prediction once, and for no longer than so many milliseconds. */
async function lookedAt(run: PredictionRun, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, ms, false);
  const look = run.look(1);
  look.catch(() => undefined);
  return Promise.race([look, late]).finally(() => clearTimeout(timer));
}

/** A connection that broke, or on which nothing came for too long. */
function isBroken(error: unknown): boolean {
  return error instanceof RingsideError && error.code === 'upstream_unavailable';
}

/** The prediction as an event; what it was asked stays out of it. */
function predictionEvent({ prediction }: PredictionRun): Buffer {
  return sseEvent('prediction', JSON.stringify({ ...prediction, input: undefined, logs: undefined }));
}

function sseEvent(name: string, data: string): Buffer {
  const lines = data.split(/\r\n|\n|\r/).map((line) => `data: ${line}\n`);
  return Buffer.from(`event: ${name}\n${lines.join('')}\n`);
}
