import { asObject, asText, objectsOf, type JsonObject } from '../json/json.js';
import { invalid, isLeftOut, type Problem } from './problem.js';
import { parametersProblem, strictProblem } from './strict-schema.js';

/** A tool of a request. `function` is one of the older `functions`. */
export interface OfferedTool {
  readonly kind: 'tool' | 'custom' | 'function';
  readonly name: string;
  readonly parameters: unknown;
}

const MOST_TOOLS = 128;
const NAME = /^[\w-]{1,64}$/;
const NAME_REQUIREMENT = 'must be 1 to 64 letters, digits, dashes or underscores';

/** The valid tools of a request, or its `functions` if it has no tools. */
export function offeredTools({ tools, functions }: JsonObject): readonly OfferedTool[] {
  const offered = objectsOf(tools).map(({ type, function: called, custom }) =>
    type === 'custom' ? toolOf('custom', custom) : toolOf('tool', called),
  );
  const all = offered.length > 0 ? offered : objectsOf(functions).map((one) => toolOf('function', one));
  return all.filter((tool) => tool !== undefined);
}

function toolOf(kind: OfferedTool['kind'], value: unknown): OfferedTool | undefined {
  const { name, parameters } = asObject(value) ?? {};
  return typeof name === 'string' ? { kind, name, parameters } : undefined;
}

/** What OpenAI would refuse in the tools, the functions and their choice. */
export function toolsProblem(body: JsonObject): Problem | undefined {
  const { tools, functions, tool_choice: choice, function_call: call, parallel_tool_calls: parallel } = body;
  if (!isLeftOut(tools) && !isLeftOut(functions)) return invalid('functions', "cannot be given together with 'tools'");
  const problem = listProblem(tools, 'tools', toolProblem) ?? listProblem(functions, 'functions', functionProblem);
  if (problem) return problem;
  if (isLeftOut(tools)) {
    if (!isLeftOut(choice)) return invalid('tool_choice', "needs 'tools'");
    if (!isLeftOut(parallel)) return invalid('parallel_tool_calls', "needs 'tools'");
  }
  if (isLeftOut(functions) && !isLeftOut(call)) return invalid('function_call', "needs 'functions'");
  return choiceProblem(choice, offeredTools(body)) ?? callProblem(call, offeredTools(body));
}

function listProblem(
  list: unknown,
  param: string,
  look: (one: unknown, param: string) => Problem | undefined,
): Problem | undefined {
  if (isLeftOut(list)) return undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_TOOLS)
    return invalid(param, `must be a list of 1 to ${MOST_TOOLS}`);
  for (const [index, one] of list.entries()) {
    const problem = look(one, `${param}[${index}]`);
    if (problem) return problem;
  }
  return undefined;
}

function toolProblem(value: unknown, param: string): Problem | undefined {
  const tool = asObject(value);
  const type = tool?.['type'];
  if (type === 'function') return functionProblem(tool?.['function'], `${param}.function`);
  if (type !== 'custom') return invalid(`${param}.type`, "must be 'function' or 'custom'");
  const name = asObject(tool?.['custom'])?.['name'];
  return typeof name === 'string' && NAME.test(name) ? undefined : invalid(`${param}.custom.name`, NAME_REQUIREMENT);
}

function functionProblem(value: unknown, param: string): Problem | undefined {
  const { name, parameters, strict, description } = asObject(value) ?? {};
  if (typeof name !== 'string' || !NAME.test(name)) return invalid(`${param}.name`, NAME_REQUIREMENT);
  if (!isLeftOut(description) && typeof description !== 'string')
    return invalid(`${param}.description`, 'must be a text');
  if (isLeftOut(parameters)) return undefined;
  const schema = asObject(parameters);
  const isOfObjects =
    schema && (Object.keys(schema).length === 0 || schema['type'] === 'object' || schema['$ref'] !== undefined);
  if (!isOfObjects) return invalid(`${param}.parameters`, "must be a JSON schema of type 'object'");
  const problem = strict === true ? strictProblem(parameters) : parametersProblem(parameters);
  return problem === undefined ? undefined : invalid(`${param}.parameters`, problem);
}

function choiceProblem(choice: unknown, tools: readonly OfferedTool[]): Problem | undefined {
  if (isLeftOut(choice) || choice === 'none' || choice === 'auto' || choice === 'required') return undefined;
  const named = namedTool(choice);
  if (!named) return invalid('tool_choice', "must be 'none', 'auto', 'required' or an object that names a tool");
  if (tools.some(({ kind, name }) => name === named.name && (kind === 'custom') === (named.kind === 'custom')))
    return undefined;
  return invalid('tool_choice', `there is no tool '${named.name.slice(0, 100)}' of that type in 'tools'`);
}

function callProblem(call: unknown, functions: readonly OfferedTool[]): Problem | undefined {
  if (isLeftOut(call) || call === 'none' || call === 'auto') return undefined;
  const name = asText(asObject(call)?.['name']);
  if (name === undefined) return invalid('function_call', "must be 'none', 'auto' or an object that names a function");
  return functions.some((one) => one.name === name)
    ? undefined
    : invalid('function_call', `there is no function '${name.slice(0, 100)}' in 'functions'`);
}

/** The tool that a `tool_choice` names. */
export function namedTool(choice: unknown): { readonly kind: 'tool' | 'custom'; readonly name: string } | undefined {
  const { type, function: called, custom } = asObject(choice) ?? {};
  const name = asText(asObject(type === 'custom' ? custom : called)?.['name']);
  return name === undefined ? undefined : { kind: type === 'custom' ? 'custom' : 'tool', name };
}
