import { RingsideError } from '../../../domain/errors.js';

/**
 * The error for something that a provider cannot do and that cannot be left out without changing the answer.
 * @param param the path of the field in the request, e.g. `messages[2].content[0]`
 */
export function unsupported(provider: string, param: string, what = param): RingsideError {
  return new RingsideError('unsupported_parameter', `${provider} does not support ${what}`, { param });
}

/** Longer values are cut, so that a message stays one readable line. */
const LONGEST_SHOWN = 100;

/** A value of the request for an error message: a text in quotes, or a description. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
  return typeof value === 'object' && value !== null ? 'no text' : String(value);
}
