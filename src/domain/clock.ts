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

/** The UTC calendar month of a moment, as `yyyymm`, e.g. `202611`. */
export function monthOf(unixMs: number): string {
  const date = new Date(unixMs);
  return `${date.getUTCFullYear()}${String(date.getUTCMonth() + 1).padStart(2, '0')}`;
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
  return Date.UTC(Number(month.slice(0, 4)), Number(month.slice(4)) - 1);
}
