import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import { forcedCallInstruction } from '../request/forced-call.js';
import { malformed } from '../request/malformed.js';

/** The meaning of `tool_choice`: whether a tool must be called, and which tools may be. */
interface Choice {
  readonly mode: 'none' | 'auto' | 'required';
  /** Undefined if every tool may be called. */
  readonly names: readonly string[] | undefined;
}

/**
 * Replaces `tool_choice` for providers that ignore it. `none` leaves all tools out. A selection leaves the other tools
 * out. `required` adds an instruction at the end.
 * @throws RingsideError `invalid_parameter` for an invalid choice
 */
export function replaceToolChoice(wire: Record<string, unknown>): void {
  const choice = choiceOf(wire['tool_choice']);
  delete wire['tool_choice'];
  if (!choice) return;
  if (choice.mode === 'none') {
    delete wire['tools'];
    return;
  }
  const { names } = choice;
  if (names) wire['tools'] = objectsOf(wire['tools']).filter((tool) => isNamed(tool, names));
  if (choice.mode === 'required') addForcedCallInstruction(wire, names);
}

/**
 * Adds an instruction to call a tool, for models that refuse a choice that demands it. All tools stay in the request.
 */
export function replaceForcedChoice(wire: Record<string, unknown>): void {
  const choice = choiceOf(wire['tool_choice']);
  if (choice?.mode !== 'required') return;
  wire['tool_choice'] = 'auto';
  addForcedCallInstruction(wire, choice.names);
}

function addForcedCallInstruction(wire: Record<string, unknown>, names: readonly string[] | undefined): void {
  if (!Array.isArray(wire['messages'])) return;
  const content = forcedCallInstruction(names?.length === 1 ? names[0] : undefined);
  wire['messages'] = [...(wire['messages'] as unknown[]), { role: 'system', content }];
}

/**
 * Replaces `allowed_tools`, which only OpenAI knows: the other tools are left out.
 * @throws RingsideError `invalid_parameter` for an empty selection or an invalid mode
 */
export function replaceAllowedTools(wire: Record<string, unknown>): void {
  const allowed = asObject(asObject(wire['tool_choice'])?.['allowed_tools']);
  if (!allowed) return;
  const names = namesIn(allowed['tools']);
  const selected = objectsOf(wire['tools']).filter((tool) => isNamed(tool, names));
  if (selected.length === 0) throw malformed('tool_choice', "a choice among the request's tools");
  wire['tools'] = selected;
  wire['tool_choice'] = modeOf(allowed);
}

function choiceOf(value: unknown): Choice | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === 'none' || value === 'auto' || value === 'required') return { mode: value, names: undefined };
  const allowed = asObject(asObject(value)?.['allowed_tools']);
  const names = namesIn(allowed ? allowed['tools'] : [value]);
  if (!allowed && names.length === 0)
    throw malformed('tool_choice', '"none", "auto", "required" or an object that names tools');
  if (!allowed) return { mode: 'required', names };
  return { mode: modeOf(allowed), names };
}

function modeOf({ mode = 'auto' }: JsonObject): 'auto' | 'required' {
  if (mode === 'auto' || mode === 'required') return mode;
  throw malformed('tool_choice', 'a selection whose mode is "auto" or "required"');
}

function namesIn(tools: unknown): string[] {
  return objectsOf(tools)
    .map(nameOf)
    .filter((name) => name !== undefined);
}

function isNamed(tool: JsonObject, names: readonly string[]): boolean {
  const name = nameOf(tool);
  return name !== undefined && names.includes(name);
}

function nameOf(tool: JsonObject): string | undefined {
  return asText((asObject(tool['function']) ?? asObject(tool['custom']))?.['name']);
}
