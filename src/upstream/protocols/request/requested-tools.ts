import { asObject, asText, type JsonObject } from '../../json/json.js';
import type { ProtocolCall } from '../../exchange.js';
import { meantSchema } from '../../schemas/openapi-words.js';
import { malformed } from './malformed.js';
import { rootSchema } from './root-schema.js';
import { shownValue, unsupported } from './unsupported.js';

/** A function that the model may call. */
export interface RequestedTool {
  readonly name: string;
  readonly description: string | undefined;
  /** A JSON schema of type object. */
  readonly parameters: JsonObject & { readonly type: 'object' };
  readonly isStrict: boolean;
  /** The caller's `cache_control`, for providers that cache prompts. */
  readonly cacheControl: JsonObject | undefined;
}

/** The tools of a request, without those that `tool_choice` leaves out. */
export interface RequestedTools {
  readonly tools: readonly RequestedTool[];
  /** Undefined if the caller set none, or if there are no tools. */
  readonly choice: 'none' | 'auto' | 'required' | { readonly name: string } | undefined;
}

/**
 * Reads `tools` and `tool_choice`, for wires with their own format that only know functions.
 * @throws RingsideError `unsupported_parameter` for tools of other types, `invalid_parameter` for invalid ones
 */
export function requestedTools({ provider, body }: ProtocolCall): RequestedTools {
  const given = body['tools'] ?? [];
  if (!Array.isArray(given)) throw malformed('tools', 'a list');
  const tools = given.map((tool, position) => readTool(asObject(tool) ?? {}, `tools[${position}]`, provider));
  return choose(tools, body['tool_choice'] ?? undefined, provider);
}

function readTool(
  { type, function: called, cache_control }: JsonObject,
  param: string,
  provider: string,
): RequestedTool {
  if (type !== 'function') throw unsupported(provider, param, `tools of type ${shownValue(type)}`);
  const { name, description, parameters, strict } = asObject(called) ?? {};
  if (typeof name !== 'string') throw malformed(`${param}.function.name`, 'a string');
  const schema = rootSchema(meantSchema(asObject(parameters) ?? {}));
  return {
    name,
    description: asText(description),
    parameters: { properties: {}, ...schema, type: 'object' },
    isStrict: strict === true,
    cacheControl: asObject(cache_control),
  };
}

function choose(tools: readonly RequestedTool[], asked: unknown, provider: string): RequestedTools {
  const choice = asObject(asked);
  const allowed = asObject(choice?.['allowed_tools']);
  const mode = allowed ? allowed['mode'] : asked;
  if (mode === 'none' || mode === 'auto' || mode === 'required') {
    if (tools.length === 0 && mode !== 'required') return { tools, choice: undefined };
    const names = allowed && namesIn(allowed['tools']);
    const left = names ? tools.filter(({ name }) => names.includes(name)) : tools;
    if (left.length === 0) throw malformed('tool_choice', "a choice among the request's tools");
    return { tools: left, choice: mode };
  }
  if (mode === undefined) return { tools, choice: undefined };
  if (choice?.['type'] === 'custom') throw unsupported(provider, 'tool_choice', 'custom tools');
  const name = asText(asObject(choice?.['function'])?.['name']);
  if (name === undefined) throw malformed('tool_choice', '"none", "auto", "required" or an object that names tools');
  if (!tools.some((tool) => tool.name === name))
    throw malformed('tool_choice', "the name of one of the request's tools");
  return { tools, choice: { name } };
}

function namesIn(tools: unknown): readonly unknown[] {
  return Array.isArray(tools) ? tools.map((tool) => asObject(asObject(tool)?.['function'])?.['name']) : [];
}
