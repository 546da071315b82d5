import { WrittenNumber } from '../../domain/json/written-number.js';
import { asObject, type JsonObject } from '../json/json.js';
import type { PromptCount } from './prompt-count.js';
import { unbounded, unboundedPart } from './unbounded.js';

/**
 * What a field of a rendered request does to the bound of the call: it counts what the field adds, or throws
 * `model_unpriced`.
 * @param place of the field, for the refusal
 */
export type FieldRule = (count: PromptCount, value: unknown, place: string) => void;

/** Every field that a request may have, by its name there. A field without a rule is refused. */
export type FieldRules = Readonly<Record<string, FieldRule>>;

/** What tools take around all of them and around each, in tokens, with something to spare. */
const TOOLS_TOKENS = 256;
const TOOL_TOKENS = 16;

/** Types of tools whose use is billed by nothing but tokens. */
const PLAIN_TOOLS: ReadonlySet<unknown> = new Set(['function', 'custom']);

/** What a tool without a type may hold: the function that it is. */
const FUNCTION_FIELDS: ReadonlySet<string> = new Set([
  'function',
  'custom',
  'name',
  'description',
  'parameters',
  'strict',
]);

/** Neither enters the prompt nor changes the price, whatever it holds. */
export const parameter: FieldRule = () => undefined;

/** Is read by the model as JSON, or as something that is written from it. */
export const json: FieldRule = (count, value, place) => count.addJson({ [place]: value });

/** Limits the length of each answer. The bound counts with it where the caller gave it. */
export const outputLimit: FieldRule = (count, value, place) => {
  if (typeof value !== 'number') throw unbounded(place, `${place}: it is not a number`);
  count.outputLimit = Math.max(count.outputLimit ?? 0, value);
};

/** Says how many answers are wanted. */
export const choices: FieldRule = (count, value, place) => {
  if (typeof value !== 'number') throw unbounded(place, `${place}: it is not a number`);
  count.choices = Math.max(count.choices, value);
};

/** Tools by OpenAI's shape: functions are read, and any other tool bills what it does. */
export const tools: FieldRule = (count, value, place) => {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [];
  for (const [position, tool] of list.entries()) {
    const fields = asObject(tool);
    if (!fields) continue;
    const { type } = fields;
    const isPlain =
      type === undefined ? Object.keys(fields).every((field) => FUNCTION_FIELDS.has(field)) : PLAIN_TOOLS.has(type);
    if (!isPlain) throw unboundedPart(`tools[${position}]`, `a tool of type ${JSON.stringify(type)}`);
  }
  count.otherTokens += TOOLS_TOKENS + TOOL_TOKENS * list.length;
  json(count, value, place);
};

/**
 * Can change the price, so that it is refused.
 * @param why nothing bounds the cost then
 * @param isPlain tells a value that asks for nothing special
 */
export function refused(why: string, isPlain: (value: unknown) => boolean = () => false): FieldRule {
  return (_, value, place) => {
    if (isPlain(value)) return;
    const field = place.slice(0, LONGEST_NAME);
    throw unbounded(field, `${field}: ${why}`);
  };
}

/** Longer words are no setting, and may be read by the model. */
const LONGEST_SETTING = 32;

/**
 * An object of settings in which only these are known to be harmless; anything else in it, or in its place, is refused.
 */
export function harmless(...known: readonly string[]): FieldRule {
  const isHarmless = (value: unknown) => {
    const fields = asObject(value);
    return (
      fields !== undefined && Object.keys(fields).every((field) => known.includes(field) && isSetting(fields[field]))
    );
  };
  return refused(`only its fields ${known.join(', ')} are known to leave the price unchanged`, isHarmless);
}

/** An object whose fields have rules of their own; what stands in its place and is none is counted as JSON. */
export function nested(rules: FieldRules): FieldRule {
  return (count, value, place) => {
    const fields = asObject(value);
    if (fields) countFields(count, fields, rules);
    else json(count, value, place);
  };
}

/** The same rule for several fields. */
export function each(rule: FieldRule, ...names: readonly string[]): FieldRules {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/**
 * More fields than any request has that is known here: the first one without a rule will do, and sorting could take
 * long.
 */
const MOST_NAMES = 100;

/** As much of a field's name as a refusal tells. */
const LONGEST_NAME = 100;

/**
 * Counts every field that goes out, by its rule. Null asks for nothing. In the order of names, so that of several
 * fields always the same one is named.
 * @throws RingsideError `model_unpriced` naming the field that has no rule, or whose rule refuses it
 */
export function countFields(count: PromptCount, fields: JsonObject, rules: FieldRules): void {
  const names = Object.keys(fields);
  if (names.length <= MOST_NAMES) names.sort();
  for (const field of names) {
    const value = fields[field];
    if (value !== undefined && value !== null) ruleOf(field, rules)(count, value, field);
  }
}

/** Callers choose the names of fields, so that they are looked for among a table's own alone. */
function ruleOf(field: string, rules: FieldRules): FieldRule {
  return Object.hasOwn(rules, field) ? rules[field]! : unknown;
}

const unknown: FieldRule = refused('its effect on the price is not known');

function isSetting(value: unknown): boolean {
  const text = value instanceof WrittenNumber ? value.source : value;
  return typeof text === 'string' ? text.length <= LONGEST_SETTING : typeof text !== 'object' || text === null;
}
