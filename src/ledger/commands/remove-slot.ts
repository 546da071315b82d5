import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { Actor } from '../../domain/events/envelope.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import { slotsAfter } from '../../domain/account/slots.js';
import { decideOnStream } from '../accounts/account-stream.js';
import { Journal } from '../journal/journal.js';
import { eventId } from '../journal/event-id.js';
import { slotStreamOf, type SlotOwner } from '../accounts/slot-stream.js';
import { SlotCache } from '../accounts/slot-cache.js';

/** Removes a slot of an account, or the platform's, from the next call on. Errors: `not_found`. */
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
  constructor(
    private readonly journal: Journal,
    private readonly slots: SlotCache,
    private readonly clock: Clock,
  ) {}

  async execute(command: RemoveSlot): Promise<void> {
    const { owner, alias } = command;
    const position = await decideOnStream(this.journal, slotStreamOf(owner), (events) => {
      if (!slotsAfter(events).has(alias)) throw new RingsideError('not_found', 'there is no such slot');
      return this.slotRemoved(command);
    });
    this.slots.invalidate(owner, position!);
  }

  private slotRemoved({ owner, alias, actor, requestId }: RemoveSlot): LedgerEvent {
    const envelope = { id: eventId(requestId, 'slot-removed'), requestId, actor, occurredAt: this.clock.nowMs(), data: { alias } };
    return owner === null ? { type: 'PlatformSlotRemoved', ...envelope } : { type: 'SlotRemoved', ...envelope, account: owner };
  }
}
