import type { ChatBody } from '../../../domain/call/call.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import type { ToolNameRule } from '../../quirks.js';
import { legalNames, type WireNames } from './tool-names.js';
import { rootSchema } from './root-schema.js';
import { withTopKeys } from './top-keys.js';

/**
 * The wire names of tool parameters, by the caller's names of the tools. It only holds tools with names that differ.
 */
export type ParameterNames = ReadonlyMap<string, WireNames>;

/** The tool parameters whose names the provider does not allow. Undefined if it allows all. */
export function parameterNamesOf(body: ChatBody, rule: ToolNameRule): ParameterNames | undefined {
  const found = new Map<string, WireNames>();
  for (const { function: called } of objectsOf(body['tools'])) {
    const { name, parameters } = asObject(called) ?? {};
    const properties = asObject(rootSchema(asObject(parameters) ?? {})['properties']);
    const names = properties && legalNames(new Set(Object.keys(properties)), rule);
    if (names && typeof name === 'string') found.set(name, names);
  }
  return found.size > 0 ? found : undefined;
}

/** The request body with the wire names of parameters, in tools and in earlier calls. */
export function withWireParameters(body: ChatBody, names: ParameterNames): ChatBody {
  const inCall = (call: JsonObject, { wireNames }: WireNames) => {
    const written = call['arguments'];
    return typeof written === 'string' ? { ...call, arguments: withTopKeys(written, wireNames) } : call;
  };
  const tools = body['tools'];
  const messages = body.messages.map((message) => {
    const calls = message['tool_calls'];
    return Array.isArray(calls)
      ? { ...message, tool_calls: calls.map((call) => inFunction(call, names, inCall)) }
      : message;
  });
  return {
    ...body,
    messages,
    ...(Array.isArray(tools) && { tools: tools.map((tool) => inFunction(tool, names, inDeclaration)) }),
  };
}

function inFunction(
  item: unknown,
  names: ParameterNames,
  change: (called: JsonObject, names: WireNames) => JsonObject,
): unknown {
  const holder = asObject(item);
  const called = asObject(holder?.['function']);
  const known = names.get(asText(called?.['name']) ?? '');
  return called && known ? { ...holder, function: change(called, known) } : item;
}

function inDeclaration(called: JsonObject, { wireNames }: WireNames): JsonObject {
  const schema = rootSchema(asObject(called['parameters']) ?? {});
  const { properties, required } = schema;
  const renamed = (name: string) => wireNames.get(name) ?? name;
  return {
    ...called,
    parameters: {
      ...schema,
      properties: Object.fromEntries(
        Object.entries(asObject(properties) ?? {}).map(([name, value]) => [renamed(name), value]),
      ),
      ...(Array.isArray(required) && {
        required: required.map((name: unknown) => (typeof name === 'string' ? renamed(name) : name)),
      }),
    },
  };
}
