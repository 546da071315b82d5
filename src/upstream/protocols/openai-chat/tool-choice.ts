import { asObject, objectsOf, type JsonObject } from '../../json.js';

/** What the caller's `tool_choice` comes down to: whether a tool must be called, and which tools may be. */
interface Choice {
  readonly mode: 'none' | 'auto' | 'required';
  /** Undefined when every tool may be called. */
  readonly names: readonly string[] | undefined;
}

/**
 * Says by other means what a provider without `tool_choice` would ignore: `none` by leaving the tools out, a selection
 * by leaving the others out, and `required` by an instruction at the end.
 */
export function spellOutToolChoice(wire: Record<string, unknown>): void {
  const choice = choiceOf(wire['tool_choice']);
  delete wire['tool_choice'];
  if (!choice) return;
  if (choice.mode === 'none') {
    delete wire['tools'];
    return;
  }
  const { names } = choice;
  if (names) wire['tools'] = objectsOf(wire['tools']).filter((tool) => names.includes(nameOf(tool)));
  if (choice.mode !== 'required' || !Array.isArray(wire['messages'])) return;
  const which = names?.length === 1 ? `the tool "${names[0]}"` : 'one of the tools';
  wire['messages'] = [...(wire['messages'] as unknown[]), { role: 'system', content: `Answer by calling ${which}, not with text.` }];
}

/** Says `allowed_tools`, which is OpenAI's alone, by leaving the other tools out. */
export function spellOutSelection(wire: Record<string, unknown>): void {
  const allowed = asObject(asObject(wire['tool_choice'])?.['allowed_tools']);
  if (!allowed) return;
  const names = objectsOf(allowed['tools']).map(nameOf);
  wire['tools'] = objectsOf(wire['tools']).filter((tool) => names.includes(nameOf(tool)));
  wire['tool_choice'] = allowed['mode'] === 'required' ? 'required' : 'auto';
}

function choiceOf(value: unknown): Choice | undefined {
  if (value === 'none' || value === 'auto' || value === 'required') return { mode: value, names: undefined };
  const choice = asObject(value);
  if (!choice) return undefined;
  const allowed = asObject(choice['allowed_tools']);
  if (!allowed) return { mode: 'required', names: [nameOf(choice)] };
  return { mode: allowed['mode'] === 'required' ? 'required' : 'auto', names: objectsOf(allowed['tools']).map(nameOf) };
}

function nameOf(tool: JsonObject): string {
  return String((asObject(tool['function']) ?? asObject(tool['custom']))?.['name']);
}
