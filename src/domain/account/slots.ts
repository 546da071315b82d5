import { RingsideError } from '../errors.js';
import type { PlatformSlotRemoved, PlatformSlotSet, SlotRemoved, SlotSet } from '../events/index.js';
import type { PointedSlot } from '../events/slot-set.js';
import { LIMITS } from '../limits.js';

/** What changes where slots lead. */
export type SlotEvent = SlotSet | SlotRemoved | PlatformSlotSet | PlatformSlotRemoved;

/** The slots of one owner, an account or the platform; each alias stands there once. */
export type Slots = readonly PointedSlot[];

/** Where an alias leads: direct references, in the order they are tried. Undefined where there is no such slot. */
export function targetIn(slots: Slots, alias: string): readonly string[] | undefined {
  return slots.find((slot) => slot.alias === alias)?.target;
}

/** The slots after one more event of their owner. */
export function evolveSlots(slots: Slots, event: SlotEvent): Slots {
  const others = slots.filter(({ alias }) => alias !== event.data.alias);
  const isSet = event.type === 'SlotSet' || event.type === 'PlatformSlotSet';
  return isSet ? [...others, event.data] : others;
}

/**
 * Whether a slot is to be pointed there: not when it leads there already.
 * @throws RingsideError `invalid_parameter` for more slots than an owner can have
 */
export function isSlotChanged(slots: Slots, { alias, target }: PointedSlot): boolean {
  const before = targetIn(slots, alias);
  if (before) return JSON.stringify(before) !== JSON.stringify(target);
  if (slots.length < LIMITS.slots) return true;
  throw new RingsideError(
    'invalid_parameter',
    `there are ${LIMITS.slots} slots already, which is the most there can be`,
    {
      param: 'alias',
    },
  );
}

/** @throws RingsideError `not_found` where there is no slot of that alias */
export function requireSlot(slots: Slots, alias: string): void {
  if (!targetIn(slots, alias)) throw new RingsideError('not_found', 'there is no such slot');
}
