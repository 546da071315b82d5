import { RingsideError } from '../../domain/errors.js';
import { WrittenNumber } from '../../domain/json/written-number.js';

/**
 * The body of an inference request.
 * @throws RingsideError `invalid_json` for anything but an object
 */
export function requireObject(body: unknown): Record<string, unknown> {
  if (!isObject(body)) throw new RingsideError('invalid_json', 'the request body must be a JSON object');
  return body;
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WrittenNumber);
}

/**
 * Only conversations stream.
 * @throws RingsideError `invalid_parameter` for `stream: true`, which would be answered as if it were not there
 */
export function refuseStream(stream: unknown): void {
  if (stream !== undefined && stream !== null && stream !== false)
    throw malformed('stream', 'left out: this endpoint does not stream');
}

/** The refusal of a field that is not what it must be. */
export function malformed(param: string, mustBe: string): RingsideError {
  return new RingsideError('invalid_parameter', `${param} must be ${mustBe}`, { param });
}
