import { RingsideError } from '../domain/errors.js';

/**
 * A name as one segment of a URL's path. Nothing in it ends the segment, and it cannot be one of the two segments that lead elsewhere, however
 * they are spelt.
 * @throws RingsideError `invalid_model_ref` for `.` and `..`
 */
export function pathSegment(name: string): string {
  if (name === '.' || name === '..')
    throw new RingsideError('invalid_model_ref', `"${name}" is not the name of a model`, { param: 'model' });
  return encodeURIComponent(name);
}
