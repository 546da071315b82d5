import { Injectable, Logger } from '@nestjs/common';
import { RingsideError } from '../../domain/errors.js';
import { ownAccessOf, providerKeysAfter } from '../../domain/account/provider-keys.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import type { OwnAccess } from '../../domain/call/target.js';
import { ChangeFeed } from '../journal/change-feed.js';
import { Journal } from '../journal/journal.js';
import type { Position } from '../journal/event-store.js';
import { StreamCache, type VersionedValue } from '../journal/stream-cache.js';
import { destroyRetired } from '../keys/retired-keys.js';
import { Subjects } from '../keys/subjects.js';

/** How many accounts' keys are remembered, so that their calls need no read. */
const ACCOUNTS_IN_MEMORY = 50_000;

/** An account's own access, by the provider's id; undefined where its secrets cannot be read although nobody removed them. */
type OwnAccesses = ReadonlyMap<string, OwnAccess | undefined>;

/**
 * The developers' own keys for providers. They are read from the book when they are first needed, then kept in memory; a change in
 * the book, whichever process wrote it, has them read again at the next need.
 */
@Injectable()
export class ProviderKeyCache {
  private readonly logger = new Logger('ProviderKeys');
  private readonly accesses = new StreamCache((account) => this.read(account), ACCOUNTS_IN_MEMORY);

  constructor(
    private readonly journal: Journal,
    private readonly subjects: Subjects,
    changeFeed: ChangeFeed,
  ) {
    changeFeed.onAppended(['ProviderKeySet', 'ProviderKeyRemoved'], ({ metadata, position }) =>
      this.invalidate(metadata['account']!, position),
    );
  }

  /**
   * What an account's calls to a provider (by its id) are made with in place of the platform's key, undefined where it has no key of its
   * own; at once when it is in memory.
   * @throws RingsideError `provider_not_configured` for a key that can no longer be read: the platform's must not pay in its place;
   * `ledger_unavailable`. In a promise they are its rejection.
   */
  ownAccess(account: string, provider: string): OwnAccess | undefined | Promise<OwnAccess | undefined> {
    const accesses = this.accesses.get(account);
    return accesses instanceof Promise ? accesses.then((read) => accessIn(read, provider)) : accessIn(accesses, provider);
  }

  /** An account's keys may have changed at a position: what was known before no longer counts. */
  invalidate(account: string, position: Position): void {
    this.accesses.invalidate(account, position);
  }

  private async read(account: string): Promise<VersionedValue<OwnAccesses>> {
    const first = await this.readOnce(account);
    // Its key was destroyed while the stream was read: then what took its place stands behind it now.
    return [...first.value.values()].includes(undefined) ? this.readOnce(account) : first;
  }

  private async readOnce(account: string): Promise<VersionedValue<OwnAccesses>> {
    const events: LedgerEvent[] = [];
    let position = 0;
    for await (const { event, stored } of this.journal.read(`account-${account}`)) {
      events.push(event);
      position = stored.position;
    }
    // Calls do not depend on it, and the next to read tries again.
    await destroyRetired(this.subjects, events).catch(({ message }: Error) =>
      this.logger.warn(`a retired key is not destroyed yet: ${message}`),
    );
    const { inForce } = providerKeysAfter(events);
    return { value: new Map([...inForce].map(([provider, event]) => [provider, ownAccessOf(event)])), position };
  }
}

function accessIn(accesses: OwnAccesses, provider: string): OwnAccess | undefined {
  const access = accesses.get(provider);
  if (access || !accesses.has(provider)) return access;
  const message = `your own key for "${provider}" can no longer be read; set it again by PUT /v1/provider_keys/${provider}`;
  throw new RingsideError('provider_not_configured', message, { param: 'model' });
}
