import type { FastifyReply } from 'fastify';
import { whenClosed } from './when-closed.js';

/** A signal that fires when the caller of a request leaves before the answer is written. */
export function leavingOf({ raw }: FastifyReply): AbortSignal {
  const leaving = new AbortController();
  if (raw.destroyed) leaving.abort();
  else whenClosed(raw, () => raw.writableFinished || leaving.abort());
  return leaving.signal;
}
