import type { ProviderKeyDocument } from '../projections/provider-keys.js';

/**
 * An account's own key for a provider: what can be shown of it. Its settings stand beside these by the names they are
 * set by; of those that are secret, as `<name>_last4`, the last four characters.
 */
export interface ProviderKeyAnswer {
  readonly object: 'provider_key';
  readonly provider: string;
  /** The key's last four characters. */
  readonly last4: string;
  /** Null for the provider's own place. */
  readonly base_url: string | null;
  /** Unix seconds. */
  readonly created_at: number;
  readonly updated_at: number;
  readonly [setting: string]: string | number | null;
}

/** Makes the answer of one key. */
export function providerKeyAnswer(key: ProviderKeyDocument): ProviderKeyAnswer {
  const secrets = Object.entries(key.secretsLastFour).map(([name, lastFour]) => [`${name}_last4`, lastFour] as const);
  return {
    object: 'provider_key',
    provider: key.provider,
    last4: key.lastFour,
    base_url: key.baseUrl,
    ...key.settings,
    ...Object.fromEntries(secrets),
    created_at: Math.floor(key.createdAt / 1000),
    updated_at: Math.floor(key.updatedAt / 1000),
  };
}
