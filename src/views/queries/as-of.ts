import type { Position } from '../../ledger/journal/event-store.js';
import type { RequestDocument } from '../projections/requests.js';
import type { UsageDocument } from '../projections/usage.js';
import { invalid, oneValue, type RawParameters } from './parameters.js';
import { parseTime } from './period.js';

/** Where an answer stands in the book. */
export interface AsOf {
  readonly position: Position;
  /** Unix seconds; null where no event stands. */
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

/** A call as far as it matters when it was there. */
interface RecordedCall {
  readonly bookedAt: Position;
  readonly recordedAtMs: number;
}

/** Which calls were there at a moment. */
export interface Presence {
  has(call: RecordedCall): boolean;
  /** How many of the calls of a sum were there. */
  of(sum: Pick<UsageDocument, 'position' | 'firstPosition' | 'firstMs' | 'lastMs'>): 'all' | 'some' | 'none';
}

/** What was there at a moment: all that stands up to its position, or all that was recorded up to its time. */
export function presenceAt(moment: Moment): Presence {
  const share = (first: number, last: number, limit: number) =>
    last <= limit ? 'all' : first > limit ? 'none' : 'some';
  if ('position' in moment) {
    const { position: limit } = moment;
    return {
      has: ({ bookedAt }) => bookedAt <= limit,
      of: ({ position, firstPosition }) => share(firstPosition, position, limit),
    };
  }
  const { unixMs: limit } = moment;
  return {
    has: ({ recordedAtMs }) => recordedAtMs <= limit,
    of: ({ firstMs, lastMs }) => share(firstMs, lastMs, limit),
  };
}

/** A document of the request log, as far as it matters when it was there. */
export function recordedCall({ bookedAt, occurredAt, recordedAt }: RequestDocument): RecordedCall {
  return { bookedAt, recordedAtMs: recordedAt ?? occurredAt };
}
