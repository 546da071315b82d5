import type { EventOf } from './envelope.js';

export const providerKeySetVersion = 1;

/** What of a developer's own key for a provider can be shown. */
export interface ShownProviderKey {
  /** The provider's id. */
  readonly provider: string;
  readonly lastFour: string;
  /** Null for the provider's own place. */
  readonly baseUrl: string | null;
  /** Settings that are no secrets, by their names. */
  readonly settings: Readonly<Record<string, string>>;
  /** The last four characters of those that are. */
  readonly secretsLastFour: Readonly<Record<string, string>>;
}

/** The secrets themselves: the provider's key, and settings that are secret, by their names. */
export interface ProviderSecrets {
  readonly apiKey: string;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * A developer set the account's own key for a provider, in place of the one before. Calls there are made with it from
 * now on. Its secrets are sealed under a key of their own, which is destroyed once they are no longer in force.
 */
export interface ProviderKeySet extends EventOf<'ProviderKeySet', ShownProviderKey, ProviderSecrets> {
  readonly subject: string;
}
