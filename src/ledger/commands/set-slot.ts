import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { Actor } from '../../domain/events/envelope.js';
import type { LedgerEvent } from '../../domain/events/index.js';
import type { PointedSlot } from '../../domain/events/slot-set.js';
import { LIMITS } from '../../domain/limits.js';
import { slotsAfter } from '../../domain/account/slots.js';
import { decideOnStream, requireAccount } from '../accounts/account-stream.js';
import { Journal } from '../journal/journal.js';
import { eventId } from '../journal/event-id.js';
import { slotStreamOf, type SlotOwner } from '../accounts/slot-stream.js';
import { SlotCache } from '../accounts/slot-cache.js';

/**
 * Points a slot of an account, or the platform's, somewhere, making it when there is none; nothing is written when it leads there
 * already. In force with the next call. Errors: `invalid_parameter` for more slots than an owner can have.
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
  constructor(
    private readonly journal: Journal,
    private readonly slots: SlotCache,
    private readonly clock: Clock,
  ) {}

  async execute(command: SetSlot): Promise<void> {
    const { owner, slot } = command;
    const position = await decideOnStream(this.journal, slotStreamOf(owner), (events) => {
      if (owner !== null) requireAccount(events);
      const slots = slotsAfter(events);
      const before = slots.get(slot.alias);
      if (before && JSON.stringify(before) === JSON.stringify(slot.target)) return undefined;
      if (!before && slots.size >= LIMITS.slots) {
        throw new RingsideError('invalid_parameter', `there are ${LIMITS.slots} slots already, which is the most there can be`, {
          param: 'alias',
        });
      }
      return this.slotSet(command);
    });
    if (position !== undefined) this.slots.invalidate(owner, position);
  }

  private slotSet({ owner, slot, actor, requestId }: SetSlot): LedgerEvent {
    const envelope = { id: eventId(requestId, 'slot-set'), requestId, actor, occurredAt: this.clock.nowMs() };
    if (owner === null) return { type: 'PlatformSlotSet', ...envelope, data: slot };
    return { type: 'SlotSet', ...envelope, account: owner, data: slot };
  }
}
