import { RingsideError } from '../../../domain/errors.js';

/**
 * What a provider cannot do, and what cannot be left out without changing the answer.
 * @param param the field of the request, as far into it as is known, e.g. `messages[2].content[0]`
 */
export function unsupported(provider: string, param: string, what = param): RingsideError {
  return new RingsideError('unsupported_parameter', `${provider} does not support ${what}`, { param });
}

/** Longer words are cut, so that a message stays one readable line. */
const LONGEST_SHOWN = 100;

/** What a caller wrote where a word is due, for such a message: a text in quotes, or what it is instead. */
export function shownValue(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
  return typeof value === 'object' && value !== null ? 'no text' : String(value);
}
