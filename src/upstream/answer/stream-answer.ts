import { setImmediate as nextTurn } from 'node:timers/promises';
import { RingsideError } from '../../domain/errors.js';
import type { AnswerTerms } from './answer-terms.js';
import type { StreamExchange, StreamStep } from '../exchange.js';
import { AwsEventStreamReader } from '../http/aws-event-stream.js';
import { beyondLimit } from '../errors/beyond-limit.js';
import { untilEnded } from './stream-end.js';
import { SseReader, type SseEvent } from '../http/sse.js';
import { asSpent } from '../errors/spent-failure.js';
import { StreamProgress } from './stream-progress.js';
import type { WireBody } from '../wire.js';

/**
 * So many events that came together, or bytes of them, are read at once, and the rest in a later turn of the event
 * loop: far more than come from a model. What was read waits in memory for its caller.
 */
const EVENTS_A_TURN = 256;
const BYTES_A_TURN = 16 * 1024;

const BLANK_LINE = Buffer.from('\n\n');

/**
 * How long, and for how many bytes, a failed stream is read on for what it has used, which some tell behind the
 * failure.
 */
const LAST_COUNTS_MS = 1000;
const LAST_COUNTS_BYTES = 64 * 1024;

/**
 * Opens a stream: waits for the first event of the answer, so that whatever goes wrong until then is thrown and becomes
 * an ordinary error answer. Nothing is held back after that: what arrives together becomes one step at once.
 */
export async function openStream(body: WireBody, terms: AnswerTerms): Promise<StreamExchange> {
  const steps = readSteps(body, terms);
  const begun = [await steps.next()];
  return { kind: 'stream', steps: { [Symbol.asyncIterator]: () => resumed(begun, steps) } };
}

/**
 * The steps again from those that have been taken off already. What was given is not kept: a stream may be open for
 * long.
 */
function resumed(
  begun: IteratorResult<StreamStep, void>[],
  steps: AsyncGenerator<StreamStep, void>,
): AsyncIterator<StreamStep, void> {
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
  const pieces = untilEnded(body, progress);
  for await (const bytes of pieces) {
    bytesLeft -= bytes.length;
    if (bytesLeft < 0) throw beyondLimit(call.provider, `the stream is longer than ${limits.streamBytes} bytes`);
    const events = reader.push(bytes);
    let taken: ReturnType<typeof takeSome>;
    do {
      taken = takeSome(progress, events);
      const step = progress.done ? undefined : progress.step();
      if (step) yield step;
      if (taken === 'some') await nextTurn();
      else if (taken !== 'all') {
        if (progress.awaitsCounts) await takeLastCounts(progress, reader, events, pieces);
        yield* failedWith(taken, progress);
      }
    } while (taken === 'some');
    if (progress.done) {
      body.release();
      break;
    }
  }
  const failure = progress.done ? undefined : takeTail(progress, reader.end());
  if (failure) yield* failedWith(failure, progress);
  if (!progress.begun || !progress.isWhole) {
    const why = progress.done ? 'the stream ended without an answer' : 'the stream was cut short';
    throw new RingsideError('upstream_unavailable', `${terms.call.provider}: ${why}`);
  }
  const mismatch = await progress.mismatch();
  // An answer that is none must not look finished.
  if (!mismatch) progress.finish();
  const last = progress.step();
  if (last) yield last;
  if (mismatch) throw mismatch;
}

/**
 * Takes as many events as are read at once, until one says that the stream is done, or fails; the failure is given
 * back, so that what came before it is not lost.
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

/**
 * The last event of a body may lack its blank line, which the caller needs; or it is no event at all but where the body
 * was cut.
 */
function takeTail(progress: StreamProgress, tail: SseEvent | undefined): Error | undefined {
  if (!tail) return undefined;
  try {
    progress.take({ ...tail, raw: Buffer.concat([tail.raw, BLANK_LINE]) });
  } catch (error) {
    if (!(error instanceof RingsideError && error.code === 'upstream_invalid_response')) return error as Error;
  }
  return undefined;
}

/**
 * Reads a failed stream to its end, or for a while, until it says what it has used. What else goes wrong there is
 * nothing to anybody.
 */
async function takeLastCounts(
  progress: StreamProgress,
  reader: SseReader | AwsEventStreamReader,
  unread: Iterable<SseEvent>,
  pieces: AsyncIterator<Buffer>,
): Promise<void> {
  let timer: NodeJS.Timeout;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, LAST_COUNTS_MS, undefined);
  });
  try {
    let events = unread;
    for (let bytesLeft = LAST_COUNTS_BYTES; bytesLeft >= 0;) {
      for (const event of events) if (progress.takeCounts(event)) return;
      const next = await Promise.race([pieces.next(), late]);
      if (!next) return;
      if (next.done) {
        const tail = reader.end();
        if (tail) progress.takeCounts(tail);
        return;
      }
      bytesLeft -= next.value.length;
      events = reader.push(next.value);
    }
  } catch (error) {
    if (!(error instanceof RingsideError)) throw error;
  } finally {
    clearTimeout(timer!);
  }
}

/**
 * Ends a failed stream, behind what it has used. One that had not begun is an ordinary failure, which says so itself.
 */
function* failedWith(failure: Error, progress: StreamProgress): Generator<StreamStep, void> {
  const last = progress.step();
  if (last) yield last;
  throw progress.begun ? failure : asSpent(failure, progress.spent);
}
