import type { ServerResponse } from 'node:http';
import { RingsideError } from '../../domain/errors.js';
import { errorEvent } from '../../gateway/error-event.js';
import { logUnexpected } from '../server/error-envelope.js';

/** Nobody on the way keeps a stream or collects it; nginx reads the last one. */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

/**
 * Writes a stream to the caller as it comes: no pacing, no buffering, and the source waits while the caller is slow. A
 * failure of the source ends it with an error event and without `[DONE]`. Ends the iteration early when the caller
 * leaves, and resolves once the source has finished its own work.
 * @param signal fires when the call is over for any other reason than its end; nobody waits for a slow caller then
 * @param idleMs a caller that takes nothing for so many milliseconds is given up
 */
export async function sendSse(
  response: ServerResponse,
  headers: Record<string, string>,
  bytes: AsyncIterable<Buffer>,
  signal: AbortSignal,
  idleMs: number,
): Promise<void> {
  response.writeHead(200, { ...STREAM_HEADERS, ...headers });
  try {
    for await (const chunk of bytes) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response, signal, idleMs);
    }
  } catch (error) {
    if (!(error instanceof RingsideError) && !signal.aborted) logUnexpected(headers['x-request-id'] ?? '', error);
    if (!response.destroyed) response.write(errorEvent(error));
  }
  response.end();
  giveUpWhenIdle(response, idleMs);
}

/**
 * Closes the connection when its caller takes nothing of what is left of an ended answer for so many milliseconds. Most
 * often nothing is left.
 */
export function giveUpWhenIdle(response: ServerResponse, idleMs: number): void {
  const { socket } = response;
  if (socket?.writableLength === 0) return;
  response.setTimeout(idleMs, () => response.destroy());
  // The connection may serve another call next, which may be silent for longer.
  response.prependOnceListener('finish', () => socket?.setTimeout(0));
}

/** Resolves when the caller has taken what was written, or the call is over. */
function drained(response: ServerResponse, signal: AbortSignal, idleMs: number): Promise<void> {
  return new Promise((resolve) => {
    const stalled = setTimeout(() => response.destroy(), idleMs);
    const done = () => {
      clearTimeout(stalled);
      response.off('drain', done).off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
    signal.addEventListener('abort', done);
    if (response.destroyed || signal.aborted) done();
  });
}
