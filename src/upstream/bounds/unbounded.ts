import { RingsideError } from '../../domain/errors.js';

/**
 * The error for a field without a cost bound, if money limits the call.
 * @param param the caller's name of the field
 */
export function unbounded(param: string, what: string): RingsideError {
  const message = `a budget, a wallet or the account's credit pays for this call, and its cost has no upper bound: ${what}`;
  return new RingsideError('model_unpriced', message, { param });
}

/** The same for a part of the request whose tokens cannot be counted. */
export function unboundedPart(param: string, what: string): RingsideError {
  const message = `${what} has no upper bound of tokens here, and a budget, a wallet or the account's credit pays for this call`;
  return new RingsideError('model_unpriced', message, { param });
}
