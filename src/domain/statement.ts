import type { StatementClosed, StatementOpened, UsageRecorded } from './events/index.js';
import { addTotals, NO_USAGE, totalsOf, type UsageTotals } from './usage-totals.js';

/** Every event of a statement stream. */
export type StatementEvent = StatementOpened | UsageRecorded | StatementClosed;

/** One customer's money in one UTC month: what is decided together, under one expected revision. */
export interface StatementState {
  readonly month: string;
  readonly previousMonth: string | null;
  /** The month that carries on once this one is closed; null while it is open. */
  readonly nextMonth: string | null;
  readonly totals: UsageTotals;
}

/** Folds one event of a statement stream. Throws when the stream breaks its own rules: opened first and once, nothing after the close. */
export function evolveStatement(state: StatementState | undefined, event: StatementEvent): StatementState {
  if (event.type === 'StatementOpened') {
    if (state) throw new Error(`statement ${state.month} was opened twice`);
    return { month: event.data.month, previousMonth: event.data.previousMonth, nextMonth: null, totals: NO_USAGE };
  }
  if (!state) throw new Error(`${event.type} before StatementOpened`);
  if (state.nextMonth !== null) throw new Error(`${event.type} after statement ${state.month} was closed`);
  if (event.type === 'UsageRecorded') return { ...state, totals: addTotals(state.totals, totalsOf(event.data)) };
  return { ...state, nextMonth: event.data.nextMonth };
}
