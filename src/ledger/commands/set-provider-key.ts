import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Actor } from '../../domain/events/envelope.js';
import type { ProviderSecrets, ShownProviderKey } from '../../domain/events/provider-key-set.js';
import { IdSource } from '../../domain/ids.js';
import { destroyRetiredOf } from '../accounts/retired-keys.js';
import { Subjects } from '../keys/subjects.js';
import { Streams } from '../streams/streams.js';

/**
 * Sets an account's own key for a provider in place of the one before, whose secrets can then be read by nobody;
 * nothing is written when it is the same. In force with the next call.
 * @throws RingsideError `not_found` for an account that is none, `ledger_unavailable`
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
    private readonly streams: Streams,
    private readonly subjects: Subjects,
    private readonly ids: IdSource,
  ) {}

  async execute({ account, key, secrets, actor, requestId }: SetProviderKey): Promise<void> {
    const subject = await this.subjects.enrol(account, null, this.ids.next('pkey'));
    const cause = { account, requestId, actor, id: requestId };
    const isSet = await this.streams.decide('account', account, {
      type: 'SetProviderKey',
      subject,
      key,
      secrets,
      cause,
    });
    if (!isSet) await this.subjects.destroy(subject);
    await destroyRetiredOf(account, this.streams, this.subjects);
  }
}
