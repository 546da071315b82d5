import { monthOf, startOfMonth } from '../../domain/clock.js';
import { invalid, oneValue, type RawParameters } from './parameters.js';

/** A stretch of time, from inclusive, to exclusive, in Unix milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d{1,9})?(?:[Zz]|([+ -])([01]\d|2[0-3]):([0-5]\d)))?$/;

/**
 * Reads a point in time: `YYYY-MM-DD`, its first moment in UTC, or RFC 3339 (finer than a millisecond is cut off). A
 * blank before its zone was a `+` that nobody escaped in a URL.
 * @returns Unix milliseconds, undefined for anything else
 */
export function parseTime(text: string): number | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [
    ,
    date = '',
    hours = '0',
    minutes = '0',
    seconds = '0',
    fraction = '0',
    sign = '+',
    offsetHours = '0',
    offsetMinutes = '0',
  ] = match;
  const dayMs = Date.parse(`${date}T00:00:00.000Z`);
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(date)) return undefined;
  const sinceMidnightMs =
    ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Math.floor(Number(fraction) * 1000);
  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  return dayMs + sinceMidnightMs - (sign === '-' ? -offsetMs : offsetMs);
}

/**
 * Reads a parameter that is a point in time.
 * @throws RingsideError `invalid_parameter`
 */
export function timeParameter<Name extends string>(parameters: RawParameters<Name>, name: Name): number | undefined {
  const text = oneValue(parameters, name);
  if (text === undefined) return undefined;
  const unixMs = parseTime(text);
  if (unixMs === undefined)
    throw invalid(name, 'must be a date such as 2026-11-22 or an RFC 3339 time such as 2026-11-22T13:00:00Z');
  return unixMs;
}

/**
 * Reads `from` and `to` where each may be missing.
 * @throws RingsideError `invalid_parameter`
 */
export function parseOpenPeriod(parameters: RawParameters<'from' | 'to'>): Partial<Span> {
  const fromMs = timeParameter(parameters, 'from');
  const toMs = timeParameter(parameters, 'to');
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) throw invalid('from', 'must not be after to');
  return { fromMs, toMs };
}

/**
 * Reads `from` and `to`; by default the UTC month so far, up to the end of the hour that is running.
 * @throws RingsideError `invalid_parameter`
 */
export function parsePeriod(parameters: RawParameters<'from' | 'to'>, nowMs: number): Span {
  const { fromMs = startOfMonth(monthOf(nowMs)), toMs = floorTo(nowMs, HOUR_MS) + HOUR_MS } =
    parseOpenPeriod(parameters);
  if (fromMs > toMs) throw invalid('from', 'must not be after to');
  return { fromMs, toMs };
}

/** A span cut into the largest pieces that sums are kept for, and what is left over at its ends. */
export interface Pieces {
  readonly days: readonly Span[];
  readonly hours: readonly Span[];
  readonly rest: readonly Span[];
}

/**
 * Cuts a span into whole UTC days, whole hours before and after them, and the rest; without days when hours are wanted
 * apart.
 */
export function cut(span: Span, finest: 'hour' | 'day'): Pieces {
  const [hours, rest] = cutOut([span], HOUR_MS);
  if (finest === 'hour') return { days: [], hours, rest };
  const [days, otherHours] = cutOut(hours, DAY_MS);
  return { days, hours: otherHours, rest };
}

/**
 * Takes out of each span the part that is made of whole units; gives these parts, and what is left before and behind
 * them.
 */
function cutOut(spans: readonly Span[], unitMs: number): [whole: Span[], left: Span[]] {
  const whole: Span[] = [];
  const left: Span[] = [];
  for (const span of spans) {
    const fromMs = floorTo(span.fromMs + unitMs - 1, unitMs);
    const toMs = floorTo(span.toMs, unitMs);
    if (fromMs >= toMs) left.push(span);
    else {
      whole.push({ fromMs, toMs });
      left.push({ fromMs: span.fromMs, toMs: fromMs }, { fromMs: toMs, toMs: span.toMs });
    }
  }
  return [whole, left.filter(({ fromMs, toMs }) => fromMs < toMs)];
}

function floorTo(unixMs: number, unitMs: number): number {
  return Math.floor(unixMs / unitMs) * unitMs;
}

/** A moment as answers show it: RFC 3339 in UTC, with milliseconds only where there are any. */
export function formatTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('.000Z', 'Z');
}
