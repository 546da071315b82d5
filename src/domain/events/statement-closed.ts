import type { UsageTotals } from '../usage-totals.js';
import type { EventOf } from './envelope.js';

export const statementClosedVersion = 1;

/** A customer's month ended; `totals` are the sums over its usage, and the statement of `nextMonth` carries on. Nothing follows in the stream. */
export type StatementClosed = EventOf<
  'StatementClosed',
  { readonly month: string; readonly totals: UsageTotals; readonly nextMonth: string }
>;
