import type { ChatBody } from '../../../domain/call/call.js';
import { RingsideError } from '../../../domain/errors.js';
import { WrittenNumber } from '../../../domain/json/written-number.js';

/**
 * A number that the caller asks with, undefined where the field is left out or null. One that no double can be is
 * handed on as it was written; whoever calculates with it gets the nearest double.
 * @throws RingsideError `invalid_parameter` naming the field that is no number
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
 * The most tokens that the answer may have: as the caller says it, else as a hold bounds it. `max_completion_tokens`
 * wins over `max_tokens`.
 */
export function askedOutputLimit(body: ChatBody, held: number | undefined): number | undefined {
  return askedNumber(body, 'max_completion_tokens') ?? askedNumber(body, 'max_tokens') ?? held;
}

/** What ends the answer wherever the model writes it; one text and a list of them are the same. */
export function askedStops({ stop }: ChatBody): readonly string[] {
  const stops: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  return stops.filter((text) => typeof text === 'string' && text !== '') as string[];
}
