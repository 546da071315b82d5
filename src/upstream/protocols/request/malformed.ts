import { RingsideError } from '../../../domain/errors.js';

/** The error for a request that cannot be translated because a part of it is invalid. */
export function malformed(param: string, mustBe: string): RingsideError {
  return new RingsideError('invalid_parameter', `${param} must be ${mustBe}`, { param });
}
