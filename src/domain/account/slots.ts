import type { LedgerEvent, PlatformSlotRemoved, PlatformSlotSet, SlotRemoved, SlotSet } from '../events/index.js';

/** What changes where slots lead. */
export type SlotEvent = SlotSet | SlotRemoved | PlatformSlotSet | PlatformSlotRemoved;

/** Where slots lead, by their aliases: direct references, in the order they are tried. */
export type SlotTargets = ReadonlyMap<string, readonly string[]>;

/** Where the slots lead after the events of one owner, an account or the platform; events of other kinds change nothing. */
export function slotsAfter(events: Iterable<LedgerEvent>): SlotTargets {
  const slots = new Map<string, readonly string[]>();
  for (const event of events) {
    if (event.type === 'SlotSet' || event.type === 'PlatformSlotSet') slots.set(event.data.alias, event.data.target);
    else if (event.type === 'SlotRemoved' || event.type === 'PlatformSlotRemoved') slots.delete(event.data.alias);
  }
  return slots;
}
