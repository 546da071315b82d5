import type { LedgerEvent, ProviderKeySet } from '../events/index.js';
import type { OwnAccess } from '../call/target.js';

/** What an account's events say about its own keys for providers. */
export interface ProviderKeysNow {
  /** The events that are in force, by the provider's id. */
  readonly inForce: ReadonlyMap<string, ProviderKeySet>;
  /** Those that are not any more: replaced, or removed. */
  readonly retired: readonly ProviderKeySet[];
}

/** The keys after an account's events; events of other kinds change nothing. */
export function providerKeysAfter(events: Iterable<LedgerEvent>): ProviderKeysNow {
  const inForce = new Map<string, ProviderKeySet>();
  const retired: ProviderKeySet[] = [];
  for (const event of events) {
    if (event.type !== 'ProviderKeySet' && event.type !== 'ProviderKeyRemoved') continue;
    const { provider } = event.data;
    const before = inForce.get(provider);
    if (before) retired.push(before);
    if (event.type === 'ProviderKeySet') inForce.set(provider, event);
    else inForce.delete(provider);
  }
  return { inForce, retired };
}

/** What calls are made with; undefined when the secrets can no longer be read. */
export function ownAccessOf({ data, personal }: Pick<ProviderKeySet, 'data' | 'personal'>): OwnAccess | undefined {
  if (!personal) return undefined;
  return { apiKey: personal.apiKey, baseUrl: data.baseUrl ?? undefined, settings: { ...data.settings, ...personal.settings } };
}
