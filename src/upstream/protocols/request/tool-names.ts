import { createHash } from 'node:crypto';
import type { ChatBody } from '../../../domain/call/call.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import type { ToolNameRule } from '../../quirks.js';

/** The wire names of tools by the caller's names, and the reverse. Only names that differ are in it. */
export interface WireNames {
  readonly wireNames: ReadonlyMap<string, string>;
  readonly originalNames: ReadonlyMap<string, string>;
}

/** Replaces a character that is not allowed. */
const STAND_IN = '_';

/** The number of hash digits that keep equal names apart. */
const MARK_LENGTH = 8;

/**
 * The tool names of a call that the provider does not allow, wherever they occur. Undefined if it allows all. A name
 * always gets the same replacement, unless that is another tool's name.
 */
export function wireNamesOf(body: ChatBody, rule: ToolNameRule): WireNames | undefined {
  const names = new Set<string>();
  renamedTools(body, (name) => {
    names.add(name);
    return name;
  });
  return legalNames(names, rule);
}

/** Replacements for names that are not allowed. Undefined if all are allowed. Different names stay different. */
export function legalNames(names: ReadonlySet<string>, rule: ToolNameRule): WireNames | undefined {
  const illegal = [...names].filter((name) => !rule.legal.test(name));
  if (illegal.length === 0) return undefined;
  const forms = new Map(illegal.map((name) => [name, legalForm(name, rule)]));
  const uses = new Map<string, number>();
  for (const { form } of forms.values()) uses.set(form, (uses.get(form) ?? 0) + 1);
  const taken = new Set([...names, ...uses.keys()]);
  const wireNames = new Map<string, string>();
  for (const [name, { form, isCut }] of forms) {
    const isItsOwn = !isCut && !names.has(form) && uses.get(form) === 1;
    const wire = isItsOwn ? form : markedForm(name, form, rule, taken);
    taken.add(wire);
    wireNames.set(name, wire);
  }
  return { wireNames, originalNames: new Map([...wireNames].map(([name, wire]) => [wire, name])) };
}

/** The request body with the wire names of its tools. */
export function withWireNames(body: ChatBody, { wireNames }: WireNames): ChatBody {
  return renamedTools(body, (name) => wireNames.get(name) ?? name);
}

function legalForm(
  name: string,
  { legal, illegalCharacters, maxLength }: ToolNameRule,
): { readonly form: string; readonly isCut: boolean } {
  const plain = name.slice(0, maxLength + 1).replace(illegalCharacters, STAND_IN);
  const form = legal.test(plain.slice(0, maxLength)) ? plain : `${STAND_IN}${plain}`;
  return { form: form.slice(0, maxLength), isCut: form.length > maxLength };
}

function markedForm(name: string, form: string, { maxLength }: ToolNameRule, taken: ReadonlySet<string>): string {
  const beginning = form.slice(0, maxLength - MARK_LENGTH - STAND_IN.length);
  for (let hash = hashOf(name); ; hash = hashOf(hash)) {
    const marked = `${beginning}${STAND_IN}${hash.slice(0, MARK_LENGTH)}`;
    if (!taken.has(marked)) return marked;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

type Rename = (name: string) => string;

/** Names occur in tools, in the choice of tools, in earlier calls and in some tool results. */
function renamedTools(body: ChatBody, rename: Rename): ChatBody {
  const { tools, tool_choice: choice } = body;
  const allowed = asObject(asObject(choice)?.['allowed_tools']);
  return {
    ...body,
    messages: body.messages.map((message) => renamedMessage(message, rename)),
    ...(Array.isArray(tools) && { tools: tools.map((tool) => renamedTool(tool, rename)) }),
    ...(asObject(choice) && { tool_choice: renamedTool(choice, rename) }),
    ...(allowed && { tool_choice: { ...asObject(choice), allowed_tools: renamedList(allowed, 'tools', rename) } }),
  };
}

function renamedMessage(message: JsonObject, rename: Rename): JsonObject {
  const { role, name } = message;
  if (role === 'tool') return typeof name === 'string' ? { ...message, name: rename(name) } : message;
  return objectsOf(message['tool_calls']).length > 0 ? renamedList(message, 'tool_calls', rename) : message;
}

function renamedList(holder: JsonObject, field: string, rename: Rename): JsonObject {
  const list = holder[field];
  return Array.isArray(list) ? { ...holder, [field]: list.map((item: unknown) => renamedTool(item, rename)) } : holder;
}

/** A tool, or a reference to one: a function or a custom tool. */
function renamedTool(item: unknown, rename: Rename): unknown {
  const tool = asObject(item);
  const kind = tool && ['function', 'custom'].find((field) => asText(asObject(tool[field])?.['name']) !== undefined);
  if (kind === undefined) return item;
  const called = asObject(tool![kind])!;
  return { ...tool, [kind]: { ...called, name: rename(called['name'] as string) } };
}
