import { setImmediate as nextTurn } from 'node:timers/promises';
import { RingsideError } from '../domain/errors.js';
import type { AnswerTerms } from './answer-terms.js';
import type { StreamExchange, StreamStep } from './exchange.js';
import { AwsEventStreamReader } from './aws-event-stream.js';
import { beyondLimit } from './beyond-limit.js';
import { SseReader, type SseEvent } from './sse.js';
import { StreamProgress } from './stream-progress.js';
import type { WireBody } from './wire.js';

/**
 * So many events that came together, or bytes of them, are read at once, and the rest in a later turn of the event loop: far more than come
 * from a model. What was read waits in memory for its caller.
 */
const EVENTS_A_TURN = 256;
const BYTES_A_TURN = 16 * 1024;

const BLANK_LINE = Buffer.from('\n\n');

/**
 * Opens a stream: waits for the first event of the answer, so that whatever goes wrong until then is thrown and becomes an
 * ordinary error answer. Nothing is held back after that: what arrives together becomes one step at once.
 */
export async function openStream(body: WireBody, terms: AnswerTerms): Promise<StreamExchange> {
  const steps = readSteps(body, terms);
  const begun = [await steps.next()];
  return { kind: 'stream', steps: { [Symbol.asyncIterator]: () => resumed(begun, steps) } };
}

/** The steps again from those that have been taken off already. What was given is not kept: a stream may be open for long. */
function resumed(begun: IteratorResult<StreamStep, void>[], steps: AsyncGenerator<StreamStep, void>): AsyncIterator<StreamStep, void> {
  return {
    next: () => {
      const first = begun.shift();
      return first ? Promise.resolve(first) : steps.next();
    },
    return: () => steps.return(),
  };
}

async function* readSteps(body: WireBody, terms: AnswerTerms): AsyncGenerator<StreamStep, void> {
  const { protocol, call, limits } = terms;
  const Reader = protocol.framing === 'sse' ? SseReader : AwsEventStreamReader;
  const reader = new Reader(call.provider, limits.eventBytes);
  const progress = new StreamProgress(terms);
  let bytesLeft = limits.streamBytes;
  for await (const bytes of body) {
    bytesLeft -= bytes.length;
    if (bytesLeft < 0) throw beyondLimit(call.provider, `the stream is longer than ${limits.streamBytes} bytes`);
    const events = reader.push(bytes);
    let taken: ReturnType<typeof takeSome>;
    do {
      taken = takeSome(progress, events);
      const step = progress.done ? undefined : progress.step();
      if (step) yield step;
      if (taken === 'some') await nextTurn();
      else if (taken !== 'all') throw taken;
    } while (taken === 'some');
    if (progress.done) {
      body.release();
      break;
    }
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

/**
 * Takes as many events as are read at once, until one says that the stream is done, or fails; the failure is given back, so that what came
 * before it is not lost.
 */
function takeSome(progress: StreamProgress, events: Iterator<SseEvent>): 'all' | 'some' | Error {
  try {
    let bytes = 0;
    for (let count = 0; count < EVENTS_A_TURN && bytes < BYTES_A_TURN; count++) {
      const next = events.next();
      if (next.done) return 'all';
      bytes += next.value.raw.length;
      progress.take(next.value);
      if (progress.done) return 'all';
    }
    return 'some';
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
