import { jsonNumber, WrittenNumber } from '../../../domain/json/written-number.js';
import { asObject } from '../../json/json.js';

/** The API's reference from a result to a part that came with it. The API refuses a request with any other `$ref`. */
const REFERENCE = '$ref';

/** With one of these fields, the API reads only that field as the result, or as the error, and ignores the others. */
const RESERVED_FIELDS: ReadonlySet<string> = new Set(['output', 'error']);

/**
 * Whether the API would misread a tool result as JSON. It does so with reserved fields (`output` and `error`: types of
 * @google/genai; `$ref`: BerriAI/litellm#38223; as of 2026-11-28) and with numbers that are not exact as doubles: it
 * keeps results in a `google.protobuf.Struct`.
 */
export function isMisread(result: unknown): boolean {
  const fields = Object.keys(asObject(result) ?? {});
  return (fields.length > 1 && fields.some((field) => RESERVED_FIELDS.has(field))) || holdsMisreadValue(result);
}

/** Walks without recursion, because a result may be deeply nested. */
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

/** `1.0` is exact as a double, although it is written differently. */
function isNoDouble({ source }: WrittenNumber): boolean {
  return jsonNumber(Number(source), source) instanceof WrittenNumber;
}
