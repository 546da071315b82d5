import type { NanoUsdText } from '../money.js';
import type { EventOf } from './envelope.js';

export const monthResumedVersion = 1;

/**
 * The clock stands in another month than the one that calls counted in: it was ahead before, and was set back. From
 * here on calls count in `month`, and against its budget. It is a month before the statement's own, or its own again.
 * The statement stays the one place where the customer's money is decided, so wallet and holds stay where they are.
 */
export type MonthResumed = EventOf<
  'MonthResumed',
  {
    readonly month: string;
    /** What the usage that counts in the month has cost so far, wherever it was recorded. */
    readonly spentNanoUsd: NanoUsdText;
    /** Which thresholds of the month's budget have been crossed, and said so. */
    readonly crossed: { readonly warning: boolean; readonly exceeded: boolean };
  }
>;
