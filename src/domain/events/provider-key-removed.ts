import type { EventOf } from './envelope.js';

export const providerKeyRemovedVersion = 1;

/** A developer removed the account's own key for a provider; calls there are made with the platform's again. */
export type ProviderKeyRemoved = EventOf<'ProviderKeyRemoved', { readonly provider: string }>;
