import { asObject } from '../../json/json.js';
import { meantSchema } from '../../schemas/openapi-words.js';

/** The schema that an answer is asked to have, undefined where none is. */
export function askedSchema(responseFormat: unknown): Readonly<Record<string, unknown>> | undefined {
  const format = asObject(responseFormat);
  const schema = format?.['type'] === 'json_schema' ? asObject(asObject(format['json_schema'])?.['schema']) : undefined;
  return schema && meantSchema(schema);
}

/**
 * Asks in words for an answer of a schema, where the provider cannot be asked otherwise. It holds the word "json",
 * which some JSON modes demand.
 */
export function schemaInstruction(schema: Readonly<Record<string, unknown>>): string {
  return `Answer with one JSON value and nothing else: no explanation, no code fence. It must be valid against this JSON schema:\n${JSON.stringify(schema)}`;
}
