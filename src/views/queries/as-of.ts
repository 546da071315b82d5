import type { Position } from '../../ledger/journal/event-store.js';
import { invalid, oneValue, type RawParameters } from './parameters.js';
import { parseTime } from './period.js';

/** Where an answer stands in the book. */
export interface AsOf {
  readonly position: Position;
  /** Unix seconds; null when there is nothing before it. */
  readonly time: number | null;
}

/** A moment in the past: after the event at a ledger position, or a time in Unix milliseconds. */
export type Moment = { readonly position: Position } | { readonly unixMs: number };

/**
 * Reads `as_of`: a whole number is a ledger position, else it is a time.
 * @throws RingsideError `invalid_parameter`
 */
export function parseMoment(parameters: RawParameters<'as_of'>, nowMs: number): Moment | undefined {
  const text = oneValue(parameters, 'as_of');
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return { position: Number(text) };
  const unixMs = parseTime(text);
  if (unixMs === undefined) throw invalid('as_of', 'must be a ledger position, a date or an RFC 3339 time');
  if (unixMs > nowMs) throw invalid('as_of', 'must not be in the future');
  return { unixMs };
}
