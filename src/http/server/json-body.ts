import { isUtf8 } from 'node:buffer';
import { RingsideError } from '../../domain/errors.js';
import { parseExactly, REQUEST } from '../../domain/json/exact-json.js';
import { noteSource } from '../../domain/json/json-source.js';
import { MAX_DEPTH, MAX_FIELDS, MAX_VALUES, surveyOf, type Oversize } from './json-size.js';

const REFUSALS: Readonly<Record<Oversize, () => RingsideError>> = {
  too_deep: () => new RingsideError('invalid_json', `the request body is nested more than ${MAX_DEPTH} levels deep`),
  too_many_values: () =>
    new RingsideError(
      'request_too_large',
      `the request body has more than ${MAX_VALUES} values (a text or a fraction counts as 4, a field as 10 or, when its name begins with a digit, 70)`,
    ),
  too_many_fields: () =>
    new RingsideError('request_too_large', `the request body has an object of more than ${MAX_FIELDS} fields`),
};

/**
 * Parses a request body, whatever content type it claims, in time that its bytes and the bounds of `json-size.ts`
 * bound. An empty one is undefined. A number that a double would change is a `WrittenNumber`.
 * @throws RingsideError `invalid_json` for anything that is not JSON in UTF-8, or nested too deeply;
 * `request_too_large` when it holds too much
 */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new RingsideError('invalid_json', 'the request body is not valid UTF-8');
  const { oversize, mayChange, fields } = surveyOf(body);
  if (oversize) throw REFUSALS[oversize]();
  const parsed = parsedBody(body, mayChange);
  if (fields && typeof parsed === 'object' && parsed !== null) noteSource(parsed, { bytes: body, fields });
  return parsed;
}

function parsedBody(body: Buffer, mayChange: boolean | undefined): unknown {
  try {
    return parseExactly(body.toString('utf8'), REQUEST, mayChange);
  } catch {
    throw new RingsideError('invalid_json', 'the request body is not valid JSON');
  }
}
