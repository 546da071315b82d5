import { isDeepStrictEqual } from 'node:util';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import type { Actor } from '../../domain/events/envelope.js';
import type { LedgerEvent, ProviderKeySet } from '../../domain/events/index.js';
import type { ProviderSecrets, ShownProviderKey } from '../../domain/events/provider-key-set.js';
import { IdSource } from '../../domain/ids.js';
import { providerKeysAfter } from '../../domain/account/provider-keys.js';
import { decideOnAccount, requireAccount } from '../accounts/account-stream.js';
import { Journal } from '../journal/journal.js';
import { eventId } from '../journal/event-id.js';
import { ProviderKeyCache } from '../accounts/provider-key-cache.js';
import { destroyRetired } from '../keys/retired-keys.js';
import { Subjects } from '../keys/subjects.js';

/**
 * Sets an account's own key for a provider in place of the one before, whose secrets can then be read by nobody; nothing is written
 * when it is the same. In force with the next call. Errors: `not_found` for an account that is none, `ledger_unavailable`.
 */
export class SetProviderKey extends Command<void> {
  constructor(
    readonly account: string,
    readonly key: ShownProviderKey,
    readonly secrets: ProviderSecrets,
    readonly actor: Actor,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(SetProviderKey)
export class SetProviderKeyHandler implements ICommandHandler<SetProviderKey> {
  constructor(
    private readonly journal: Journal,
    private readonly subjects: Subjects,
    private readonly keys: ProviderKeyCache,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  async execute({ account, key, secrets, actor, requestId }: SetProviderKey): Promise<void> {
    const subject = await this.subjects.enrol(account, null, this.ids.next('pkey'));
    let after: readonly LedgerEvent[] = [];
    const position = await decideOnAccount(this.journal, account, (events): ProviderKeySet | undefined => {
      requireAccount(events);
      after = events;
      const before = providerKeysAfter(events).inForce.get(key.provider);
      if (before && isDeepStrictEqual([before.data, before.personal], [key, secrets])) return undefined;
      const event: ProviderKeySet = {
        type: 'ProviderKeySet',
        id: eventId(requestId, 'provider-key-set'),
        account,
        subject,
        requestId,
        actor,
        occurredAt: this.clock.nowMs(),
        data: key,
        personal: secrets,
      };
      after = [...events, event];
      return event;
    });
    if (position === undefined) await this.subjects.destroy(subject);
    else this.keys.invalidate(account, position);
    await destroyRetired(this.subjects, after);
  }
}
