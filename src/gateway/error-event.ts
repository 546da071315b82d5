import { RingsideError } from '../domain/errors.js';

/** The event that ends a stream in place of `[DONE]` when it failed. */
export function errorEvent(failure: unknown): Buffer {
  const shown =
    failure instanceof RingsideError ? failure : new RingsideError('internal_error', 'Ringside failed while streaming');
  return Buffer.from(`data: ${JSON.stringify(shown.toEnvelope())}\n\n`);
}
