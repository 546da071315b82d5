import {
  ACCOUNT_EVENTS,
  evolveAccount,
  NO_ACCOUNT,
  type AccountEvent,
  type AccountState,
} from '../../domain/account/account-state.js';
import type { ProviderSecrets } from '../../domain/events/provider-key-set.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/**
 * An account folded, with the place in its stream up to which it is: what the ledger goes on from. Its id is the
 * account's. No secret of a provider's key stands here, but where the event with it does.
 */
export type AccountStateDocument = Document<AccountStateFields>;

interface AccountStateFields {
  readonly state: AccountState;
  /** The revision of the event that set each of the keys in force, by its subject. */
  readonly keysSetAt: Readonly<Record<string, number>>;
  readonly head: {
    readonly revision: number;
    /** The chain value of the event at that revision. */
    readonly chain: string;
  };
}

/** Stands for all secrets, so that the document does not depend on which of them can still be read. */
const LEFT_OUT: ProviderSecrets = { apiKey: '', settings: {} };

export const accountStates = defineProjection<AccountEvent, AccountStateFields>({
  name: 'account-states',
  version: 1,
  fields: {},
  indexes: [],
  events: ACCOUNT_EVENTS,
  // With all the slots it may have, one takes 100 kB.
  keeps: 100,
  keysOf: ({ event }) => [event.account],
  evolve(account, { event, stored }) {
    const withoutSecrets = event.type === 'ProviderKeySet' ? { ...event, personal: LEFT_OUT } : event;
    const state = evolveAccount(account?.state ?? NO_ACCOUNT, withoutSecrets);
    const setAt = ({ subject }: { readonly subject: string }) =>
      event.type === 'ProviderKeySet' && event.subject === subject ? stored.revision : account!.keysSetAt[subject]!;
    return {
      state,
      keysSetAt: Object.fromEntries(state.providerKeys.inForce.map((key) => [key.subject, setAt(key)])),
      head: { revision: stored.revision, chain: stored.metadata['chain']! },
    };
  },
});
