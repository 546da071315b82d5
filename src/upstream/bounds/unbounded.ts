import { RingsideError } from '../../domain/errors.js';

/**
 * The refusal of a field whose cost nobody can bound, where somebody's money limits the call.
 * @param param the field, as the caller knows it
 */
export function unbounded(param: string, what: string): RingsideError {
  const message = `a budget, a wallet or the account's credit pays for this call, and its cost has no upper bound: ${what}`;
  return new RingsideError('model_unpriced', message, { param });
}

/** The same for a part of the request whose tokens nobody can count. */
export function unboundedPart(param: string, what: string): RingsideError {
  const message = `${what} has no upper bound of tokens here, and a budget, a wallet or the account's credit pays for this call`;
  return new RingsideError('model_unpriced', message, { param });
}
