import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Actor } from '../../domain/events/envelope.js';
import type { PointedSlot } from '../../domain/events/slot-set.js';
import type { SlotOwner } from '../accounts/slot-stream.js';
import { Streams } from '../streams/streams.js';

/**
 * Points a slot of an account, or the platform's, somewhere, making it when there is none; nothing is written when it
 * leads there already. In force with the next call.
 * @throws RingsideError `not_found`, `invalid_parameter` for more slots than an owner can have
 */
export class SetSlot extends Command<void> {
  constructor(
    readonly owner: SlotOwner,
    readonly slot: PointedSlot,
    readonly actor: Actor,
    readonly requestId: string,
  ) {
    super();
  }
}

@CommandHandler(SetSlot)
export class SetSlotHandler implements ICommandHandler<SetSlot> {
  constructor(private readonly streams: Streams) {}

  async execute({ owner, slot, actor, requestId }: SetSlot): Promise<void> {
    const cause = { requestId, actor, id: requestId };
    if (owner === null) await this.streams.decide('platform', 'slots', { type: 'SetSlot', slot, cause });
    else await this.streams.decide('account', owner, { type: 'SetSlot', slot, cause: { ...cause, account: owner } });
  }
}
