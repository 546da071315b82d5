import type { StreamExchange } from '../upstream/exchange.js';
import { NOTHING_SEEN, type Meter, type Metered, type Seen } from './meter.js';

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
      seen = {
        usage: step.usage ?? seen.usage,
        outputText: seen.outputText + step.outputText,
        upstreamModel: step.upstreamModel ?? seen.upstreamModel,
      };
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
