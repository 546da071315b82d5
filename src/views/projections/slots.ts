import type { SlotEvent } from '../../domain/account/slots.js';
import type { Document } from '../document-store.js';
import { defineProjection } from '../projection.js';

/** A slot of an account's or the platform's; see `slotId`. One owner's slots sort by their aliases. */
export type SlotDocument = Document<SlotFields>;

interface SlotFields {
  /** Null for the platform's. */
  readonly account: string | null;
  readonly alias: string;
  readonly target: readonly string[];
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The id of a slot's document. */
export function slotId(account: string | null, alias: string): string {
  return `${account ?? 'platform'}/${alias}`;
}

export const slots = defineProjection<SlotEvent, SlotFields>({
  name: 'slots',
  version: 1,
  fields: { account: 'text' },
  indexes: [['account']],
  events: ['SlotSet', 'SlotRemoved', 'PlatformSlotSet', 'PlatformSlotRemoved'],
  keysOf: ({ event }) => [slotId(event.account ?? null, event.data.alias)],
  evolve: (slot, { event }) => {
    if (event.type === 'SlotRemoved' || event.type === 'PlatformSlotRemoved') return null;
    const { account = null, data, occurredAt } = event;
    return { account, ...data, createdAt: slot?.createdAt ?? occurredAt, updatedAt: occurredAt };
  },
});
