import { jsonNumber, WrittenNumber } from '../../../domain/json/written-number.js';
import { asObject } from '../../json/json.js';

/**
 * The API's own reference from a result to a part that came along with it; any other one makes it refuse the request.
 */
const REFERENCE = '$ref';

/**
 * Under these names a result's own field is the whole of the result, or the error in its place; what stands beside them
 * is not read.
 */
const RESERVED_FIELDS: ReadonlySet<string> = new Set(['output', 'error']);

/**
 * Whether a tool's result, as JSON, would be another one to the API: it holds words to the API itself (`output` and
 * `error`: types of
 * @google/genai; `$ref`: BerriAI/litellm#38223; as of 2026-11-28), or numbers that no double is. The API keeps results
 * in a `google.protobuf.Struct`, whose numbers are doubles.
 */
export function isMisread(result: unknown): boolean {
  const fields = Object.keys(asObject(result) ?? {});
  return (fields.length > 1 && fields.some((field) => RESERVED_FIELDS.has(field))) || holdsMisreadValue(result);
}

/** Walks without recursion: a result may be nested deeply. */
function holdsMisreadValue(result: unknown): boolean {
  const waiting: unknown[] = [result];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (value instanceof WrittenNumber ? isNoDouble(value) : Object.hasOwn(value, REFERENCE)) return true;
    for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) waiting.push(inner);
  }
  return false;
}

/** `1.0` is one, although it is written in another way. */
function isNoDouble({ source }: WrittenNumber): boolean {
  return jsonNumber(Number(source), source) instanceof WrittenNumber;
}
