import type { AccountState } from '../../domain/account/account-state.js';
import type { ProviderKey } from '../../domain/account/provider-keys.js';
import type { StreamName } from '../journal/event-store.js';
import type { Journal } from '../journal/journal.js';
import type { AccountSnapshot } from './account-snapshots.js';
import type { StreamSnapshot } from './folded-stream.js';

/**
 * A snapshot of an account with the secrets of its keys for providers, read from the events that set them. Of the keys
 * that were replaced only those are named whose secrets can still be read: the others are destroyed. Undefined when the
 * ledger does not bear the snapshot out.
 */
export async function withSecrets(
  journal: Journal,
  stream: StreamName,
  { state, head, keysSetAt }: AccountSnapshot,
): Promise<StreamSnapshot<AccountState> | undefined> {
  const inForce: ProviderKey[] = [];
  for (const key of state.providerKeys.inForce) {
    const event = await eventAt(journal, stream, keysSetAt[key.subject]);
    if (event?.type !== 'ProviderKeySet' || event.subject !== key.subject) return undefined;
    inForce.push({ ...key, secrets: event.personal ?? null });
  }
  const { retired } = state.providerKeys;
  const isReadable = await Promise.all(retired.map((subject) => journal.hasKey(subject)));
  return { state: { ...state, providerKeys: { inForce, retired: retired.filter((_, at) => isReadable[at]) } }, head };
}

async function eventAt(journal: Journal, stream: StreamName, revision: number | undefined) {
  if (revision === undefined) return undefined;
  for await (const { event } of journal.read(stream, revision)) return event;
  return undefined;
}
