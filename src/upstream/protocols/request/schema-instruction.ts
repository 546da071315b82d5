import { asObject } from '../../json/json.js';
import { meantSchema } from '../../schemas/openapi-words.js';

/** The schema that the caller asks for. Undefined if there is none. */
export function askedSchema(responseFormat: unknown): Readonly<Record<string, unknown>> | undefined {
  const format = asObject(responseFormat);
  const schema = format?.['type'] === 'json_schema' ? asObject(asObject(format['json_schema'])?.['schema']) : undefined;
  return schema && meantSchema(schema);
}

/**
 * An instruction to answer with JSON of a schema, for providers without schemas. It contains the word "json", which
 * some JSON modes require.
 */
export function schemaInstruction(schema: Readonly<Record<string, unknown>>): string {
  return `Answer with one JSON value and nothing else: no explanation, no code fence. It must be valid against this JSON schema:\n${JSON.stringify(schema)}`;
}
