import { Injectable, Logger } from '@nestjs/common';
import type { AccountState } from '../../domain/account/account-state.js';
import { ownAccessOf, providerKeyOf } from '../../domain/account/provider-keys.js';
import type { OwnAccess } from '../../domain/call/target.js';
import { RingsideError } from '../../domain/errors.js';
import { Subjects } from '../keys/subjects.js';
import { Streams } from '../streams/streams.js';
import { destroyRetired } from './retired-keys.js';

/** The developers' own keys for providers, as their accounts' streams say. */
@Injectable()
export class ProviderKeyCache {
  private readonly logger = new Logger('ProviderKeys');
  /** The lists of retired keys whose destruction was tried here. */
  private readonly tried = new WeakSet<readonly string[]>();

  constructor(
    private readonly streams: Streams,
    private readonly subjects: Subjects,
  ) {}

  /**
   * What an account's calls to a provider (by its id) are made with in place of the platform's key, undefined where it
   * has no key of its own; at once when it is in memory.
   * @throws RingsideError `provider_not_configured` for a key that can no longer be read: the platform's must not pay
   * in its place; `ledger_unavailable`. In a promise they are its rejection.
   */
  ownAccess(account: string, provider: string): OwnAccess | undefined | Promise<OwnAccess | undefined> {
    const state = this.streams.state('account', account);
    if (state instanceof Promise) return state.then((read) => this.accessIn(read, provider));
    return this.accessIn(state, provider);
  }

  private accessIn(
    { providerKeys }: AccountState,
    provider: string,
  ): OwnAccess | undefined | Promise<OwnAccess | undefined> {
    const key = providerKeyOf(providerKeys, provider);
    const access = key && ownAccessOf(key);
    if (key && !access) {
      const message = `your own key for "${provider}" can no longer be read; set it again by PUT /v1/provider_keys/${provider}`;
      throw new RingsideError('provider_not_configured', message, { param: 'model' });
    }
    const { retired } = providerKeys;
    return retired.length === 0 || this.tried.has(retired) ? access : this.destroy(retired).then(() => access);
  }

  /**
   * Whoever retired a key may not have come to destroying it. Calls do not depend on it, and after the next change it
   * is tried again.
   */
  private async destroy(retired: readonly string[]): Promise<void> {
    this.tried.add(retired);
    await destroyRetired(this.subjects, retired).catch(({ message }: Error) =>
      this.logger.warn(`a retired key is not destroyed yet: ${message}`),
    );
  }
}
