import type { ServerResponse } from 'node:http';
import { RingsideError } from '../domain/errors.js';
import { errorEvent } from '../gateway/error-event.js';
import { logUnexpected } from './error-envelope.js';

/** How long a caller may take to accept bytes before it counts as gone. */
const STALLED_CALLER_MS = 120_000;

/**
 * Writes a stream to the caller as it comes: no pacing, no buffering, and the source waits while the caller is slow. A failure of the
 * source ends it with an error event and without `[DONE]`. Ends the iteration early when the caller leaves, and
 * resolves once the source has finished its own work.
 * @param signal fires when the call is over for any other reason than its end; nobody waits for a slow caller then
 */
export async function sendSse(
  response: ServerResponse,
  headers: Record<string, string>,
  bytes: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...headers });
  try {
    for await (const chunk of bytes) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response, signal);
    }
  } catch (error) {
    if (!(error instanceof RingsideError) && !signal.aborted) logUnexpected(headers['x-request-id'] ?? '', error);
    if (!response.destroyed) response.write(errorEvent(error));
  }
  response.end();
}

/** Resolves when the caller has taken what was written, or the call is over. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stalled = setTimeout(() => response.destroy(), STALLED_CALLER_MS);
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
