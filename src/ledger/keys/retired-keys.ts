import type { LedgerEvent } from '../../domain/events/index.js';
import { providerKeysAfter } from '../../domain/account/provider-keys.js';
import type { Subjects } from './subjects.js';

/**
 * Destroys the keys under which secrets were sealed that an account's events say are no longer in force: the ciphertext in the book
 * is then all that is left of them. Repeating it changes nothing, so whoever meets one that somebody could not destroy does it.
 * @throws RingsideError `ledger_unavailable`
 */
export async function destroyRetired(subjects: Subjects, events: Iterable<LedgerEvent>): Promise<void> {
  const readable = providerKeysAfter(events).retired.filter(({ personal }) => personal);
  await Promise.all(readable.map(({ subject }) => subjects.destroy(subject)));
}
