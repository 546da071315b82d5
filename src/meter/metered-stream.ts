import type { StreamExchange, StreamStep } from '../upstream/exchange.js';
import { NOTHING_SEEN, type Meter, type Metered, type Seen } from './meter.js';
import { COUNTED_CHARACTERS } from './token-counter.js';

/** The stream's end; the caller gets it only once the book knows the call. */
const DONE = Buffer.from('data: [DONE]\n\n');

/**
 * Passes a stream on and records it, however it ends: to its end, by the upstream's failure (which is thrown on, so that
 * the stream ends with an error and without `[DONE]`), or because the caller left, which shows as the signal or
 * as this iteration being ended early.
 */
export async function* meteredStream(meter: Meter, metered: Metered, { steps }: StreamExchange): AsyncGenerator<Buffer> {
  let seen: Seen = NOTHING_SEEN;
  let record = () => meter.aborted(metered, seen);
  try {
    for await (const step of steps) {
      seen = seenWith(seen, step);
      if (step.bytes) yield step.bytes;
    }
    record = () => meter.completed(metered, seen);
  } catch (error) {
    if (!metered.call.signal.aborted) record = () => meter.failed(metered, seen, error);
    throw error;
  } finally {
    await record();
  }
  yield DONE;
}

/** What was seen of a stream after another step. As much of its text is kept as would be counted; of the rest, how long it is. */
function seenWith(seen: Seen, { usage, outputText, upstreamModel }: StreamStep): Seen {
  const isKept = seen.outputText.length < COUNTED_CHARACTERS;
  return {
    usage: usage ?? seen.usage,
    outputText: isKept ? seen.outputText + outputText : seen.outputText,
    outputBytesBeyond: (seen.outputBytesBeyond ?? 0) + (isKept ? 0 : Buffer.byteLength(outputText)),
    upstreamModel: upstreamModel ?? seen.upstreamModel,
  };
}
