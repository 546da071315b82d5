import { setTimeout as wait } from 'node:timers/promises';
import { RingsideError } from '../../domain/errors.js';
import { WrongExpectedRevision } from './event-store.js';

/** The first conflicts are met by trying again at once: the other writer has finished by then. */
const TRIES_AT_ONCE = 8;
const LONGEST_PAUSE_MS = 100;
/** Three seconds in all. */
const MOST_TRIES = 40;

/**
 * Runs what reads a stream, decides and appends to it, again as long as another writer was first.
 * @param failure what it failed with when it was run for the first time
 * @param attempt reads the stream anew each time
 * @throws what the attempt throws; RingsideError `ledger_unavailable` when other writers were first every time
 */
export async function againAfterConflict<Result>(failure: unknown, attempt: () => Promise<Result>): Promise<Result> {
  let error = failure;
  for (let tries = 1; ; tries++) {
    if (!(error instanceof WrongExpectedRevision)) throw error;
    if (tries === MOST_TRIES)
      throw new RingsideError('ledger_unavailable', 'too many writers change the same records right now', {
        cause: error,
      });
    if (tries > TRIES_AT_ONCE) await wait(Math.min(2 ** (tries - TRIES_AT_ONCE), LONGEST_PAUSE_MS));
    try {
      return await attempt();
    } catch (again) {
      error = again;
    }
  }
}
