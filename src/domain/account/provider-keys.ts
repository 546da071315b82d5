import type { OwnAccess } from '../call/target.js';
import type { ProviderKeyRemoved, ProviderKeySet } from '../events/index.js';
import type { ProviderSecrets, ShownProviderKey } from '../events/provider-key-set.js';

/** An account's own key for a provider that is in force. */
export interface ProviderKey {
  /** Under whose key its secrets are sealed. */
  readonly subject: string;
  readonly shown: ShownProviderKey;
  /** Null when they can no longer be read. */
  readonly secrets: ProviderSecrets | null;
}

/** An account's own keys for providers. */
export interface ProviderKeys {
  /** One a provider. */
  readonly inForce: readonly ProviderKey[];
  /**
   * The subjects of those that were replaced or removed, as far as their secrets could still be read then; the newest
   * last.
   */
  readonly retired: readonly string[];
}

/** The keys of an account that has none. */
export const NO_PROVIDER_KEYS: ProviderKeys = { inForce: [], retired: [] };

/** A retired key is destroyed with the next command. Only a store that fails again and again could leave so many. */
const MOST_RETIRED = 100;

/** An account's key for a provider, by the provider's id. */
export function providerKeyOf({ inForce }: ProviderKeys, provider: string): ProviderKey | undefined {
  return inForce.find(({ shown }) => shown.provider === provider);
}

/** The keys after one more event. */
export function evolveProviderKeys(keys: ProviderKeys, event: ProviderKeySet | ProviderKeyRemoved): ProviderKeys {
  const { provider } = event.data;
  const before = providerKeyOf(keys, provider);
  const others = keys.inForce.filter((key) => key !== before);
  return {
    inForce: event.type === 'ProviderKeySet' ? [...others, keyOf(event)] : others,
    retired: before?.secrets ? [...keys.retired, before.subject].slice(-MOST_RETIRED) : keys.retired,
  };
}

/** Whether a key shows and holds the same as the one that is to be set. */
export function isSameKey(
  { shown, secrets }: ProviderKey,
  wanted: ShownProviderKey,
  wantedSecrets: ProviderSecrets,
): boolean {
  return (
    secrets?.apiKey === wantedSecrets.apiKey &&
    areEqual(secrets.settings, wantedSecrets.settings) &&
    shown.provider === wanted.provider &&
    shown.lastFour === wanted.lastFour &&
    shown.baseUrl === wanted.baseUrl &&
    areEqual(shown.settings, wanted.settings) &&
    areEqual(shown.secretsLastFour, wanted.secretsLastFour)
  );
}

/** What calls are made with; undefined when the secrets can no longer be read. */
export function ownAccessOf({ shown, secrets }: Pick<ProviderKey, 'shown' | 'secrets'>): OwnAccess | undefined {
  if (!secrets) return undefined;
  return {
    apiKey: secrets.apiKey,
    baseUrl: shown.baseUrl ?? undefined,
    settings: { ...shown.settings, ...secrets.settings },
  };
}

function keyOf({ subject, data, personal }: ProviderKeySet): ProviderKey {
  return { subject, shown: data, secrets: personal ?? null };
}

function areEqual(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const others = new Map(Object.entries(other));
  const entries = Object.entries(one);
  return entries.length === others.size && entries.every(([name, value]) => others.get(name) === value);
}
