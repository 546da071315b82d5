import type { ProviderKeyRemoved, ProviderKeySet } from '../../domain/events/index.js';
import type { ShownProviderKey } from '../../domain/events/provider-key-set.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/** What can be shown of an account's own key for a provider; see `providerKeyId`. No secret stands here. */
export type ProviderKeyDocument = Document<ProviderKeyFields>;

interface ProviderKeyFields extends ShownProviderKey {
  readonly account: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The id of the document of an account's key for a provider. */
export function providerKeyId(account: string, provider: string): string {
  return `${account}/${provider}`;
}

export const providerKeys = defineProjection<ProviderKeySet | ProviderKeyRemoved, ProviderKeyFields>({
  name: 'provider-keys',
  version: 1,
  fields: { account: 'text' },
  indexes: [['account']],
  events: ['ProviderKeySet', 'ProviderKeyRemoved'],
  keysOf: ({ event: { account, data } }) => [providerKeyId(account, data.provider)],
  evolve: (key, { event }) => {
    if (event.type === 'ProviderKeyRemoved') return null;
    const { account, data, occurredAt } = event;
    return { account, ...data, createdAt: key?.createdAt ?? occurredAt, updatedAt: occurredAt };
  },
});
