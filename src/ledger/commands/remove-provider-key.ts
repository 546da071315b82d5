import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { Actor } from '../../domain/events/envelope.js';
import type { LedgerEvent, ProviderKeyRemoved } from '../../domain/events/index.js';
import { providerKeysAfter } from '../../domain/account/provider-keys.js';
import { decideOnAccount } from '../accounts/account-stream.js';
import { Journal } from '../journal/journal.js';
import { eventId } from '../journal/event-id.js';
import { ProviderKeyCache } from '../accounts/provider-key-cache.js';
import { destroyRetired } from '../keys/retired-keys.js';
import { Subjects } from '../keys/subjects.js';

/**
 * Removes an account's own key for a provider from the next call on; its secrets can then be read by nobody. Errors: `not_found`,
 * `ledger_unavailable`.
 */
export class RemoveProviderKey extends Command<void> {
  constructor(
    readonly account: string,
    readonly provider: string,
    readonly actor: Actor,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(RemoveProviderKey)
export class RemoveProviderKeyHandler implements ICommandHandler<RemoveProviderKey> {
  constructor(
    private readonly journal: Journal,
    private readonly subjects: Subjects,
    private readonly keys: ProviderKeyCache,
    private readonly clock: Clock,
  ) {}

  async execute({ account, provider, actor, requestId }: RemoveProviderKey): Promise<void> {
    let after: readonly LedgerEvent[] = [];
    const position = await decideOnAccount(this.journal, account, (events): ProviderKeyRemoved | undefined => {
      after = events;
      if (!providerKeysAfter(events).inForce.has(provider)) return undefined;
      const event: ProviderKeyRemoved = {
        type: 'ProviderKeyRemoved',
        id: eventId(requestId, 'provider-key-removed'),
        account,
        requestId,
        actor,
        occurredAt: this.clock.nowMs(),
        data: { provider },
      };
      after = [...events, event];
      return event;
    });
    if (position !== undefined) this.keys.invalidate(account, position);
    // Also where there is none any more: whoever removed it may not have come to this.
    await destroyRetired(this.subjects, after);
    if (position === undefined) throw new RingsideError('not_found', `there is no key of your own for "${provider}"`);
  }
}
