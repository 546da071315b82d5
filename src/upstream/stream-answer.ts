import { RingsideError } from '../domain/errors.js';
import type { AnswerTerms } from './answer-terms.js';
import type { StreamExchange, StreamStep } from './exchange.js';
import { AwsEventStreamReader } from './aws-event-stream.js';
import { SseReader, type SseEvent } from './sse.js';
import { StreamProgress } from './stream-progress.js';
import type { WireBody } from './wire.js';

const BLANK_LINE = Buffer.from('\n\n');

/**
 * Opens a stream: waits for the first event of the answer, so that whatever goes wrong until then is thrown and becomes an
 * ordinary error answer. Nothing is held back after that: what arrives together becomes one step at once.
 */
export async function openStream(body: WireBody, terms: AnswerTerms): Promise<StreamExchange> {
  const steps = readSteps(body, terms);
  const first = await steps.next();
  return { kind: 'stream', steps: { [Symbol.asyncIterator]: () => resumed(first, steps) } };
}

/** The steps again from the first one, which has been taken off already. */
function resumed(first: IteratorResult<StreamStep, void>, steps: AsyncGenerator<StreamStep, void>): AsyncIterator<StreamStep, void> {
  let pending: IteratorResult<StreamStep, void> | undefined = first;
  return {
    next: () => {
      if (!pending) return steps.next();
      const step = Promise.resolve(pending);
      pending = undefined;
      return step;
    },
    return: () => steps.return(),
  };
}

async function* readSteps(body: WireBody, terms: AnswerTerms): AsyncGenerator<StreamStep, void> {
  const { protocol, call } = terms;
  const reader = protocol.framing === 'sse' ? new SseReader(call.provider) : new AwsEventStreamReader(call.provider);
  const progress = new StreamProgress(terms);
  for await (const bytes of body) {
    const failure = takeAll(progress, reader.push(bytes));
    if (progress.done) {
      body.release();
      break;
    }
    const step = progress.step();
    if (step) yield step;
    if (failure) throw failure;
  }
  if (!progress.done) takeTail(progress, reader.end());
  if (!progress.begun || !progress.complete) {
    throw new RingsideError('upstream_unavailable', `${terms.call.provider}: the stream was cut short`);
  }
  const mismatch = await progress.mismatch();
  // An answer that is none must not look finished.
  if (!mismatch) progress.finish();
  const last = progress.step();
  if (last) yield last;
  if (mismatch) throw mismatch;
}

/** Takes events until one says that the stream is done, or fails; the failure is given back, so that what came before it is not lost. */
function takeAll(progress: StreamProgress, events: Iterable<SseEvent>): Error | undefined {
  try {
    for (const event of events) {
      progress.take(event);
      if (progress.done) return undefined;
    }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** The last event of a body may lack its blank line, which the caller needs; or it is no event at all but where the body was cut. */
function takeTail(progress: StreamProgress, tail: SseEvent | undefined): void {
  if (!tail) return;
  try {
    progress.take({ ...tail, raw: Buffer.concat([tail.raw, BLANK_LINE]) });
  } catch (error) {
    if (!(error instanceof RingsideError && error.code === 'upstream_invalid_response')) throw error;
  }
}
