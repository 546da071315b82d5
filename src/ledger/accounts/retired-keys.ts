import type { Subjects } from '../keys/subjects.js';
import type { Streams } from '../streams/streams.js';

/**
 * Destroys the keys under which secrets were sealed that are no longer in force: the ciphertext in the ledger is then
 * all that is left of them. Repeating it changes nothing, so whoever meets one that somebody could not destroy does it.
 * @throws RingsideError `ledger_unavailable`
 */
export async function destroyRetired(subjects: Subjects, retired: readonly string[]): Promise<void> {
  await Promise.all(retired.map((subject) => subjects.destroy(subject)));
}

/** The same for all of an account. @throws RingsideError `ledger_unavailable` */
export async function destroyRetiredOf(account: string, streams: Streams, subjects: Subjects): Promise<void> {
  const { providerKeys } = await streams.state('account', account);
  await destroyRetired(subjects, providerKeys.retired);
}
