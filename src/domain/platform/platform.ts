import { evolveSlots, isSlotChanged, requireSlot, type Slots } from '../account/slots.js';
import type { Decider, DecisionContext } from '../decider.js';
import { RingsideError } from '../errors.js';
import { envelopeFor, type CommandCause } from '../events/command-cause.js';
import type { PlatformSlotRemoved, PlatformSlotSet, PriceBookPublished } from '../events/index.js';
import type { PointedSlot } from '../events/slot-set.js';
import { OverlappingPrices, PriceOverrides } from '../pricing/price-overrides.js';

/** Every event of the platform's streams. */
export type PlatformEvent = PlatformSlotSet | PlatformSlotRemoved | PriceBookPublished;

/**
 * What the operator has set for everybody. Slots and prices stand in streams of their own, of which each knows one
 * half.
 */
export interface PlatformState {
  readonly slots: Slots;
  /** The price book that was published last, null while none was. */
  readonly priceBook: PriceBookPublished['data'] | null;
}

/** Points a slot somewhere, making it when there is none. */
interface SetSlot {
  readonly type: 'SetSlot';
  readonly slot: PointedSlot;
}

interface RemoveSlot {
  readonly type: 'RemoveSlot';
  readonly alias: string;
}

/** Puts prices in force in place of all that were published before. */
interface PublishPrices {
  readonly type: 'PublishPrices';
  readonly book: PriceBookPublished['data'];
}

/** What the operator can ask of the platform. */
export type PlatformCommand = (SetSlot | RemoveSlot | PublishPrices) & {
  readonly cause: Omit<CommandCause, 'account' | 'customer'>;
};

/** The rules of what the operator sets for everybody. A command's outcome is whether it changed anything. */
export const platformDecider: Decider<PlatformState, PlatformCommand, PlatformEvent, boolean> = {
  initial: { slots: [], priceBook: null },
  evolve(state, event) {
    if (event.type === 'PriceBookPublished') return { ...state, priceBook: event.data };
    return { ...state, slots: evolveSlots(state.slots, event) };
  },
  decide(command, state, context) {
    const events = eventsOf(command, state, context);
    return { events, outcome: events.length > 0 };
  },
};

function eventsOf(command: PlatformCommand, { slots }: PlatformState, context: DecisionContext): PlatformEvent[] {
  const envelope = (step: string) => envelopeFor(command.cause, context, step);
  switch (command.type) {
    case 'SetSlot':
      return isSlotChanged(slots, command.slot)
        ? [{ type: 'PlatformSlotSet', ...envelope('slot-set'), data: command.slot }]
        : [];
    case 'RemoveSlot':
      requireSlot(slots, command.alias);
      return [{ type: 'PlatformSlotRemoved', ...envelope('slot-removed'), data: { alias: command.alias } }];
    case 'PublishPrices':
      refuseOverlaps(command.book);
      return [{ type: 'PriceBookPublished', ...envelope('prices-published'), data: command.book }];
  }
}

function refuseOverlaps({ prices }: PriceBookPublished['data']): void {
  try {
    new PriceOverrides(prices);
  } catch (error) {
    if (!(error instanceof OverlappingPrices)) throw error;
    const { first, second } = error;
    throw new RingsideError(
      'invalid_parameter',
      `prices[${first}] and prices[${second}] are valid for the same model at the same time`,
      {
        param: `prices[${second}]`,
      },
    );
  }
}
