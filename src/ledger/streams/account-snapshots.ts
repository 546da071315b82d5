import type { AccountState } from '../../domain/account/account-state.js';
import type { StreamSnapshot } from './folded-stream.js';

/** An account folded up to some revision of its stream, without the secrets of its keys for providers. */
export interface AccountSnapshot extends StreamSnapshot<AccountState> {
  /** The revision of the event with the secrets of each key in force, by the key's subject. */
  readonly keysSetAt: Readonly<Record<string, number>>;
}

/** Where the ledger finds folded accounts; the views keep them. */
export abstract class AccountSnapshots {
  abstract find(account: string): Promise<AccountSnapshot | undefined>;
}
