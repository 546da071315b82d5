import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Actor } from '../../domain/events/envelope.js';
import type { SlotOwner } from '../accounts/slot-stream.js';
import { Streams } from '../streams/streams.js';

/**
 * Removes a slot of an account, or the platform's, from the next call on.
 * @throws RingsideError `not_found`
 */
export class RemoveSlot extends Command<void> {
  constructor(
    readonly owner: SlotOwner,
    readonly alias: string,
    readonly actor: Actor,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(RemoveSlot)
export class RemoveSlotHandler implements ICommandHandler<RemoveSlot> {
  constructor(private readonly streams: Streams) {}

  async execute({ owner, alias, actor, requestId }: RemoveSlot): Promise<void> {
    const cause = { requestId, actor, id: requestId };
    if (owner === null) await this.streams.decide('platform', 'slots', { type: 'RemoveSlot', alias, cause });
    else
      await this.streams.decide('account', owner, { type: 'RemoveSlot', alias, cause: { ...cause, account: owner } });
  }
}
