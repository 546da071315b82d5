import { RingsideError } from '../../domain/errors.js';

/** Query parameters as they came with the URL: absent, given once, or several times. */
export type RawParameters<Name extends string> = { readonly [name in Name]?: string | readonly string[] | undefined };

/**
 * The one value of a parameter; undefined when it is absent.
 * @throws RingsideError `invalid_parameter` when it is given twice or empty
 */
export function oneValue<Name extends string>(parameters: RawParameters<Name>, name: Name): string | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw invalid(name, 'must be given once and not be empty');
  return value;
}

/** The error for a parameter that cannot be used, e.g. `invalid('limit', 'must be …')`. */
export function invalid(name: string, what: string): RingsideError {
  return new RingsideError('invalid_parameter', `${name} ${what}`, { param: name });
}
