import { RingsideError } from '../domain/errors.js';

/**
 * A name as one segment of a URL's path. Nothing in it can end the segment, and it cannot be `.` or `..`.
 * @throws RingsideError `invalid_model_ref` for `.` and `..`
 */
export function pathSegment(name: string): string {
  if (name === '.' || name === '..') {
    throw new RingsideError('invalid_model_ref', 'the name of the model must not be "." or ".."', { param: 'model' });
  }
  return encodeURIComponent(name);
}
