/** Where time comes from; a port, so that tests can set it. */
export abstract class Clock {
  /** Wall-clock time in Unix milliseconds (UTC). */
  abstract nowMs(): number;
  /** A clock that only moves forward, in milliseconds with fractions; for durations. */
  abstract elapsedMs(): number;
}

/** The clock minute of a moment, in whole minutes since 1970. */
export function minuteOf(unixMs: number): number {
  return Math.floor(unixMs / 60_000);
}

/** The month that was asked for last, since it is asked for several times a call. */
let lastMonth = { month: '', fromMs: 0, untilMs: 0 };

/** The UTC calendar month of a moment, as `yyyymm`, e.g. `202611`. */
export function monthOf(unixMs: number): string {
  if (unixMs >= lastMonth.fromMs && unixMs < lastMonth.untilMs) return lastMonth.month;
  const date = new Date(unixMs);
  const [year, index] = [date.getUTCFullYear(), date.getUTCMonth()];
  const month = `${year}${String(index + 1).padStart(2, '0')}`;
  lastMonth = { month, fromMs: Date.UTC(year, index), untilMs: Date.UTC(year, index + 1) };
  return month;
}

/** The month before a `yyyymm` month. */
export function monthBefore(month: string): string {
  const year = Number(month.slice(0, 4));
  const number = Number(month.slice(4));
  return number === 1 ? `${year - 1}12` : `${year}${String(number - 1).padStart(2, '0')}`;
}

/** The month after a `yyyymm` month. */
export function monthAfter(month: string): string {
  const year = Number(month.slice(0, 4));
  const number = Number(month.slice(4));
  return number === 12 ? `${year + 1}01` : `${year}${String(number + 1).padStart(2, '0')}`;
}

/** The first moment of a `yyyymm` month, in Unix milliseconds. */
export function startOfMonth(month: string): number {
  if (month === lastMonth.month) return lastMonth.fromMs;
  return Date.UTC(Number(month.slice(0, 4)), Number(month.slice(4)) - 1);
}
