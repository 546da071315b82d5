import { NOTHING_CARRIED, type CarriedStatement } from './carried-statement.js';
import type { EventOf } from './envelope.js';

export const statementOpenedVersion = 2;

/**
 * A customer's statement of one UTC month begins. What it carries over is what `previousMonth` was closed with, or, for
 * the first statement (null), the budget the customer was created with.
 */
export type StatementOpened = EventOf<
  'StatementOpened',
  { readonly month: string; readonly previousMonth: string | null } & CarriedStatement
>;

/** Version 1 knew no budgets, wallets and holds. */
export function statementOpenedFromV1<Data extends object>(data: Data): Data & CarriedStatement {
  return { ...data, ...NOTHING_CARRIED };
}
