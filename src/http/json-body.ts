import { isUtf8 } from 'node:buffer';
import { RingsideError } from '../domain/errors.js';
import { MAX_DEPTH, MAX_FIELDS, MAX_VALUES, oversizeOf, type Oversize } from './server/json-size.js';
import { jsonNumber } from './written-number.js';

/** What a body's numbers become: doubles, or, where a double would lose digits, a `WrittenNumber`. */
export type NumbersAs = 'doubles' | 'written';

const REFUSALS: Readonly<Record<Oversize, () => RingsideError>> = {
  too_deep: () => new RingsideError('invalid_json', `the request body is nested more than ${MAX_DEPTH} levels deep`),
  too_many_values: () =>
    new RingsideError('request_too_large', `the request body holds more than ${MAX_VALUES} values (a text counts as 4, a field as 10)`),
  too_many_fields: () => new RingsideError('request_too_large', `the request body has an object of more than ${MAX_FIELDS} fields`),
};

/**
 * Parses a request body, whatever content type it claims, in time that its bytes and the bounds of `json-size.ts` bound. An empty one is undefined.
 * Errors: `invalid_json` for anything that is not JSON in UTF-8, or nested too deeply; `request_too_large` when it holds too much.
 */
export function parseJsonBody(body: Buffer, numbersAs: NumbersAs = 'doubles'): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new RingsideError('invalid_json', 'the request body is not valid UTF-8');
  const oversize = oversizeOf(body);
  if (oversize) throw REFUSALS[oversize]();
  try {
    const text = body.toString('utf8');
    return numbersAs === 'doubles' || !MAY_LOSE_DIGITS.test(text) ? JSON.parse(text) : parseWithSource(text, keepWritten);
  } catch {
    throw new RingsideError('invalid_json', 'the request body is not valid JSON');
  }
}

/** Only numbers this long, or with an exponent, can be other than their doubles. To look at each one takes ten times as long as to parse it. */
const MAY_LOSE_DIGITS = /[\d.]{15}|\de/i;

/** TypeScript does not know yet that `JSON.parse` shows where a value came from. */
type SourceReviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWithSource = JSON.parse as (this: void, text: string, reviver: SourceReviver) => unknown;

const keepWritten: SourceReviver = (_, value, { source }) =>
  typeof value === 'number' && source !== undefined ? jsonNumber(value, source) : value;
