import { RingsideError } from '../domain/errors.js';
import { EventStoreUnavailable } from './event-store.js';

/** Says to the caller what a store that does not answer means for it; other errors stay what they are. Rethrows always. */
export function rethrowForCaller(error: unknown): never {
  if (error instanceof EventStoreUnavailable)
    throw new RingsideError('ledger_unavailable', 'the ledger does not answer right now', { cause: error });
  throw error;
}
