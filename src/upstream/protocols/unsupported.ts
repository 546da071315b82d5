import { RingsideError } from '../../domain/errors.js';

/**
 * What a provider cannot do, and what cannot be left out without changing the answer.
 * @param param the field of the request, as far into it as is known, e.g. `messages[2].content[0]`
 */
export function unsupported(provider: string, param: string, what = param): RingsideError {
  return new RingsideError('unsupported_parameter', `${provider} does not support ${what}`, { param });
}
