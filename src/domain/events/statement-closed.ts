import { NOTHING_CARRIED, type CarriedStatement } from './carried-statement.js';
import { NO_USAGE, type UsageTotals } from './usage-totals.js';
import type { EventOf } from './envelope.js';

export const statementClosedVersion = 2;

/**
 * A customer's month ended. `totals` are the sums over the usage that counts in it, `carriedTotals` those over usage
 * recorded here that settles holds of earlier months and counts there. The statement of `nextMonth` carries on; nothing
 * follows in the stream.
 */
export type StatementClosed = EventOf<
  'StatementClosed',
  {
    readonly month: string;
    readonly totals: UsageTotals;
    readonly carriedTotals: UsageTotals;
    readonly nextMonth: string;
  } & CarriedStatement
>;

/** Version 1 knew no budgets, wallets and holds. */
export function statementClosedFromV1<Data extends object>(
  data: Data,
): Data & CarriedStatement & { readonly carriedTotals: UsageTotals } {
  return { ...data, carriedTotals: NO_USAGE, ...NOTHING_CARRIED };
}
