import type { StreamExchange } from '../upstream/exchange.js';
import { KeptText } from './kept-text.js';
import { NOTHING_OBSERVED, type Meter, type AttemptContext, type ObservedUsage } from './meter.js';

/** The stream's end; the caller gets it only once the book knows the call. */
const DONE = Buffer.from('data: [DONE]\n\n');

/**
 * Passes a stream on and records it, however it ends: to its end, by the upstream's failure (which is thrown on, so that
 * the stream ends with an error and without `[DONE]`), or because the caller left, which shows as the signal or
 * as this iteration being ended early.
 */
export async function* meteredStream(meter: Meter, context: AttemptContext, { steps }: StreamExchange): AsyncGenerator<Buffer> {
  const text = new KeptText();
  let usage: ObservedUsage['usage'] = NOTHING_OBSERVED.usage;
  let upstreamModel = NOTHING_OBSERVED.upstreamModel;
  let isUnlisted = false;
  const seen = (): ObservedUsage => ({ usage, upstreamModel, isUnlisted, outputText: text.text, outputBytesBeyond: text.bytesBeyond });
  let record = () => meter.aborted(context, seen());
  try {
    for await (const step of steps) {
      usage = step.usage ?? usage;
      upstreamModel = step.upstreamModel ?? upstreamModel;
      isUnlisted ||= step.isUnlisted === true;
      text.add(step.outputText);
      if (step.bytes) yield step.bytes;
    }
    record = () => meter.completed(context, seen());
  } catch (error) {
    if (!context.call.signal.aborted) record = () => meter.failed(context, seen(), error);
    throw error;
  } finally {
    await record();
  }
  yield DONE;
}
