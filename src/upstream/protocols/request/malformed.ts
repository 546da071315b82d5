import { RingsideError } from '../../../domain/errors.js';

/** What a caller is told whose request cannot be translated, because a part of it is not what it must be. */
export function malformed(param: string, mustBe: string): RingsideError {
  return new RingsideError('invalid_parameter', `${param} must be ${mustBe}`, { param });
}
