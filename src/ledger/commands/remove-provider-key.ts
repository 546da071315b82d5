import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Actor } from '../../domain/events/envelope.js';
import { destroyRetiredOf } from '../accounts/retired-keys.js';
import { Subjects } from '../keys/subjects.js';
import { Streams } from '../streams/streams.js';

/**
 * Removes an account's own key for a provider from the next call on; its secrets can then be read by nobody. Errors:
 * `not_found`, `ledger_unavailable`.
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
    private readonly streams: Streams,
    private readonly subjects: Subjects,
  ) {}

  async execute({ account, provider, actor, requestId }: RemoveProviderKey): Promise<void> {
    const cause = { account, requestId, actor, id: requestId };
    try {
      await this.streams.decide('account', account, { type: 'RemoveProviderKey', provider, cause });
    } finally {
      // Also where there is none any more: whoever removed it may not have come to this.
      await destroyRetiredOf(account, this.streams, this.subjects);
    }
  }
}
