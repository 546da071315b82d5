import { asObject } from '../../json/json.js';
import type { RequestQuirks } from '../../quirks.js';
import { askedSchema, schemaInstruction } from '../request/schema-instruction.js';
import { instruct, isMentioned } from './instruction.js';

type Rendered = Record<string, unknown>;

const ANY_JSON_OBJECT = 'Answer with one JSON object and nothing else: no explanation, no code fence.';

/**
 * Asks for JSON, or for JSON of a schema, in a way that the provider and the model support: natively, in JSON mode, or
 * with an instruction.
 */
export function renderResponseFormat(wire: Rendered, model: string, quirks: RequestQuirks): void {
  const type = asObject(wire['response_format'])?.['type'];
  if (type === 'json_schema') renderSchema(wire, model, quirks);
  else if (type === 'json_object') renderJsonObject(wire, quirks);
}

function renderSchema(wire: Rendered, model: string, quirks: RequestQuirks): void {
  const means = schemaMeans(wire, model, quirks);
  if (means === 'native') {
    if (quirks.noStrictSchema) loosen(wire);
    return;
  }
  const instruction = schemaInstruction(askedSchema(wire['response_format']) ?? {});
  if (means === 'json_object') wire['response_format'] = { type: 'json_object' };
  else if (means === 'prompt') delete wire['response_format'];
  instruct(wire, instruction);
}

/** Ringside validates the answer in any case. */
function loosen(wire: Rendered): void {
  const format = asObject(wire['response_format']);
  const schema = asObject(format?.['json_schema']);
  if (schema?.['strict'] === true) wire['response_format'] = { ...format, json_schema: { ...schema, strict: false } };
}

function schemaMeans(wire: Rendered, model: string, quirks: RequestQuirks): NonNullable<RequestQuirks['jsonSchema']> {
  if (isBesideJsonMode(wire, quirks)) return 'prompt';
  return quirks.jsonSchemaModels?.test(model) ? 'native' : (quirks.jsonSchema ?? 'native');
}

function renderJsonObject(wire: Rendered, quirks: RequestQuirks): void {
  if (isBesideJsonMode(wire, quirks)) {
    delete wire['response_format'];
    instruct(wire, ANY_JSON_OBJECT);
    return;
  }
  if (quirks.noJsonObject)
    wire['response_format'] = { type: 'json_schema', json_schema: { schema: { type: 'object' } } };
  if (quirks.needsJsonMention && !isMentioned(wire, /json/i)) instruct(wire, ANY_JSON_OBJECT);
}

/** Whether the request has something that excludes JSON mode. */
function isBesideJsonMode({ stream, tools }: Rendered, { jsonModeAlone }: RequestQuirks): boolean {
  return jsonModeAlone === true && (stream === true || (Array.isArray(tools) && tools.length > 0));
}
