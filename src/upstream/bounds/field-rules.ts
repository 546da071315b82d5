import { WrittenNumber } from '../../domain/json/written-number.js';
import { asObject, type JsonObject } from '../json/json.js';
import type { PromptCount } from './prompt-count.js';
import { unbounded, unboundedPart } from './unbounded.js';

/**
 * How a field of a rendered request affects the bound of the call. The rule counts what the field adds, or throws
 * `model_unpriced`.
 * @param place the path of the field, for the error
 */
export type FieldRule = (count: PromptCount, value: unknown, place: string) => void;

/** The rules for all fields of a request, by their names on the wire. A field without a rule is refused. */
export type FieldRules = Readonly<Record<string, FieldRule>>;

/** Tokens that providers add for tools and for each tool, with a margin. */
const TOOLS_TOKENS = 256;
const TOOL_TOKENS = 16;

/** Types of tools that only bill tokens. */
const PLAIN_TOOLS: ReadonlySet<unknown> = new Set(['function', 'custom']);

/** The fields of a tool without a type, which is a function. */
const FUNCTION_FIELDS: ReadonlySet<string> = new Set([
  'function',
  'custom',
  'name',
  'description',
  'parameters',
  'strict',
]);

/** A field that is not in the prompt and does not change the price. */
export const parameter: FieldRule = () => undefined;

/** A field that the model reads as JSON, or as text made from it. */
export const json: FieldRule = (count, value, place) => count.addJson({ [place]: value });

/** The length limit of each answer. If the caller set it, the bound uses it. */
export const outputLimit: FieldRule = (count, value, place) => {
  if (typeof value !== 'number') throw unbounded(place, `${place}: it is not a number`);
  count.outputLimit = Math.max(count.outputLimit ?? 0, value);
};

/** The number of answers. */
export const choices: FieldRule = (count, value, place) => {
  if (typeof value !== 'number') throw unbounded(place, `${place}: it is not a number`);
  count.choices = Math.max(count.choices, value);
};

/** Tools in OpenAI's form. Functions are counted. Any other tool bills its own work. */
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
 * A field that can change the price, so it is refused.
 * @param why the reason, for the error
 * @param isPlain accepts values without such an effect
 */
export function refused(why: string, isPlain: (value: unknown) => boolean = () => false): FieldRule {
  return (_, value, place) => {
    if (isPlain(value)) return;
    const field = place.slice(0, LONGEST_NAME);
    throw unbounded(field, `${field}: ${why}`);
  };
}

/** A longer text is not a setting, and a model may read it. */
const LONGEST_SETTING = 32;

/** An object of settings of which only these are harmless. Anything else is refused. */
export function harmless(...known: readonly string[]): FieldRule {
  const isHarmless = (value: unknown) => {
    const fields = asObject(value);
    return (
      fields !== undefined && Object.keys(fields).every((field) => known.includes(field) && isSetting(fields[field]))
    );
  };
  return refused(`only its fields ${known.join(', ')} are known to leave the price unchanged`, isHarmless);
}

/** An object whose fields have their own rules. Any other value counts as JSON. */
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
 * More fields than any known request has. The first one without a rule is then named, because sorting could take long.
 */
const MOST_NAMES = 100;

/** The longest field name in an error. */
const LONGEST_NAME = 100;

/**
 * Counts every field that goes out, by its rule. Null has no effect. Fields are counted in the order of their names, so
 * an error always names the same one.
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

/** Callers choose field names, so only a table's own keys count. */
function ruleOf(field: string, rules: FieldRules): FieldRule {
  return Object.hasOwn(rules, field) ? rules[field]! : unknown;
}

const unknown: FieldRule = refused('its effect on the price is not known');

function isSetting(value: unknown): boolean {
  const text = value instanceof WrittenNumber ? value.source : value;
  return typeof text === 'string' ? text.length <= LONGEST_SETTING : typeof text !== 'object' || text === null;
}
