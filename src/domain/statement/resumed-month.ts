import { monthOf, startOfMonth } from '../clock.js';
import type { MonthResumed } from '../events/index.js';
import { addNanoUsdText, nanoUsd, type NanoUsdText } from '../money.js';
import { heldInMonth, type OpenHolds } from './open-holds.js';

/**
 * By how much a clock may be behind a month that others have begun already before calls count in the earlier month
 * again. Clocks of several gateways differ by so little and are corrected by so little, and that must give nobody a
 * second budget.
 */
export const CLOCK_TOLERANCE_MS = 3_600_000;

/** Which thresholds of a month's budget have been crossed, and said so. */
export type Crossed = MonthResumed['data']['crossed'];

/** The beginning of a month. */
export const NONE_CROSSED: Crossed = { warning: false, exceeded: false };

/** What a statement knows of months before its own. */
export interface PastMonths {
  /** What usage cost that was recorded here and counts in earlier months, by month. */
  readonly costs: Readonly<Record<string, NanoUsdText>>;
  /**
   * The earlier month that calls count in now, since the clock was set back; null while they count in the statement's
   * own.
   */
  readonly resumed: string | null;
  /** The months that calls have counted in here by a `MonthResumed`, and the statement's own once it was left. */
  readonly marks: Readonly<Record<string, MonthMark>>;
}

interface MonthMark {
  /** What usage of the month cost that is recorded in other statements. */
  readonly elsewhereNanoUsd: NanoUsdText;
  /** As it was when calls ceased to count in the month. */
  readonly crossed: Crossed;
}

/** What has become of a month's budget. */
export interface MonthSpend {
  readonly spentNanoUsd: NanoUsdText;
  readonly crossed: Crossed;
}

/** What of a statement says which month's budget calls count against, and what has become of it. */
export interface CountingStatement {
  /** The statement's own month (`yyyymm`). */
  readonly month: string;
  /** Sums over the usage that counts in the statement's own month. */
  readonly totals: { readonly costNanoUsd: NanoUsdText };
  readonly holds: OpenHolds;
  /** What of the budget of the month that calls count in (`countingMonth`) open holds set aside. */
  readonly heldNanoUsd: NanoUsdText;
  /** Which thresholds of that month's budget have been crossed, and said so. */
  readonly crossed: Crossed;
  /** What is known of earlier months; null as long as nothing recorded here counts in one. */
  readonly past: PastMonths | null;
}

const NO_PAST: PastMonths = { costs: {}, resumed: null, marks: {} };

/**
 * The month (`yyyymm`) whose budget calls count against now: the statement's own, or an earlier one since the clock was
 * set back.
 */
export function countingMonth({ month, past }: Pick<CountingStatement, 'month' | 'past'>): string {
  return past?.resumed ?? month;
}

/**
 * The month that a call at a moment counts in, on a statement whose month has come or lies ahead: the clock's month. A
 * statement that is ahead by no more than the tolerance goes on in its own month, unless calls count in an earlier one
 * already: that one lasts to its end.
 */
export function countingMonthAt(state: Pick<CountingStatement, 'month' | 'past'>, nowMs: number): string {
  const month = monthOf(nowMs);
  if (month >= state.month) return state.month;
  if (countingMonth(state) === month) return month;
  return isAheadOf(nowMs, state.month) ? month : state.month;
}

/** Whether a month begins later than a clock that stands at this moment can be wrong. */
export function isAheadOf(nowMs: number, month: string): boolean {
  return startOfMonth(month) - nowMs > CLOCK_TOLERANCE_MS;
}

/** What is spent of the budget of the month that calls count in. */
export function spentNow(state: Pick<CountingStatement, 'totals' | 'past'>): NanoUsdText {
  const { totals, past } = state;
  return past === null || past.resumed === null ? totals.costNanoUsd : spentIn(past, past.resumed);
}

/** What a statement knows of a month's budget; undefined for one that calls never counted in here. */
export function spendOf(state: CountingStatement, month: string): MonthSpend | undefined {
  const { past, totals, crossed } = state;
  if (month === countingMonth(state)) return { spentNanoUsd: spentNow(state), crossed };
  const mark = past?.marks[month];
  if (!past || !mark) return undefined;
  return { spentNanoUsd: month === state.month ? totals.costNanoUsd : spentIn(past, month), crossed: mark.crossed };
}

/**
 * What has become of a month's budget, from all statements that can have usage of it: its own and the later ones,
 * oldest first.
 */
export function spendAcross(month: string, statements: readonly CountingStatement[]): MonthSpend {
  let spend: MonthSpend = { spentNanoUsd: '0', crossed: NONE_CROSSED };
  for (const state of statements) {
    const more = state.past?.costs[month] ?? '0';
    spend = spendOf(state, month) ?? { ...spend, spentNanoUsd: addNanoUsdText(spend.spentNanoUsd, more) };
  }
  return spend;
}

/** Usage was recorded that counts in an earlier month. */
export function withPastCost(past: PastMonths | null, month: string, costNanoUsd: NanoUsdText): PastMonths {
  const { costs, ...others } = past ?? NO_PAST;
  return { ...others, costs: { ...costs, [month]: addNanoUsdText(costs[month] ?? '0', costNanoUsd) } };
}

/** Calls count in another month from here on. Throws when the event says other sums than the statement knows. */
export function resumeMonth<State extends CountingStatement>(
  state: State,
  { month, spentNanoUsd, crossed }: MonthResumed['data'],
): State {
  const left = countingMonth(state);
  if (month > state.month)
    throw new Error(`${month} is resumed in the statement of ${state.month}, which is before it`);
  if (month === left) throw new Error(`${month} is resumed, but calls count in it already`);
  const known = spendOf(state, month);
  if (known && known.spentNanoUsd !== spentNanoUsd)
    throw new Error(`${month} is resumed with ${spentNanoUsd} spent, but it is ${known.spentNanoUsd}`);
  const { costs, marks } = state.past ?? NO_PAST;
  const elsewhere = month === state.month ? '0' : (nanoUsd(spentNanoUsd) - nanoUsd(costs[month] ?? '0')).toString();
  const past: PastMonths = {
    costs,
    resumed: month === state.month ? null : month,
    marks: {
      ...marks,
      [left]: { elsewhereNanoUsd: marks[left]?.elsewhereNanoUsd ?? '0', crossed: state.crossed },
      [month]: { elsewhereNanoUsd: elsewhere, crossed },
    },
  };
  return { ...state, past, crossed, heldNanoUsd: heldInMonth(state.holds, month) };
}

function spentIn({ costs, marks }: PastMonths, month: string): NanoUsdText {
  return addNanoUsdText(marks[month]?.elsewhereNanoUsd ?? '0', costs[month] ?? '0');
}
