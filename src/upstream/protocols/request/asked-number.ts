import type { ChatBody } from '../../../domain/call/call.js';
import { RingsideError } from '../../../domain/errors.js';
import { WrittenNumber } from '../../../domain/json/written-number.js';

/**
 * A number from the request. Undefined if the field is left out or null. A number that is not exact as a double goes
 * out as it was written, and calculations use the nearest double.
 * @throws RingsideError `invalid_parameter` naming a field that is not a number
 */
export function askedNumber(body: ChatBody, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (value instanceof WrittenNumber) return value as unknown as number;
  if (typeof value !== 'number')
    throw new RingsideError('invalid_parameter', `${field} must be a number`, { param: field });
  return value;
}

/**
 * The most tokens of the answer: from the request, else from a hold. `max_completion_tokens` wins over `max_tokens`.
 */
export function askedOutputLimit(body: ChatBody, held: number | undefined): number | undefined {
  return askedNumber(body, 'max_completion_tokens') ?? askedNumber(body, 'max_tokens') ?? held;
}

/** The texts that end the answer. `stop` may be one text or a list. */
export function askedStops({ stop }: ChatBody): readonly string[] {
  const stops: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  return stops.filter((text) => typeof text === 'string' && text !== '') as string[];
}
