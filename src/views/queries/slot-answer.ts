import type { SlotDocument } from '../projections/slots.js';

/** A slot as its account, or the operator, sees it. */
export interface SlotAnswer {
  readonly object: 'slot';
  readonly alias: string;
  /** One reference, or several in the order they are tried. */
  readonly target: string | readonly string[];
  /** Whose it is: the account's own, or everybody's. */
  readonly scope: 'account' | 'platform';
  /** Unix seconds. */
  readonly created_at: number;
  readonly updated_at: number;
}

/** Makes the answer of one slot. */
export function slotAnswer({ account, alias, target, createdAt, updatedAt }: SlotDocument): SlotAnswer {
  return {
    object: 'slot',
    alias,
    target: target.length === 1 ? target[0]! : target,
    scope: account === null ? 'platform' : 'account',
    created_at: Math.floor(createdAt / 1000),
    updated_at: Math.floor(updatedAt / 1000),
  };
}
