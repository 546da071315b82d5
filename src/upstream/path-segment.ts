import { RingsideError } from '../domain/errors.js';

/**
 * A name as one segment of a URL's path. Nothing in it ends the segment; and no part of it is one of the two that lead elsewhere, for servers that
 * read an encoded slash as a slash.
 * @throws RingsideError `invalid_model_ref` for a name with `.` or `..` between slashes
 */
export function pathSegment(name: string): string {
  if (name.split('/').some((part) => part === '.' || part === '..')) {
    throw new RingsideError('invalid_model_ref', 'model must not have "." or ".." between slashes', { param: 'model' });
  }
  return encodeURIComponent(name);
}
