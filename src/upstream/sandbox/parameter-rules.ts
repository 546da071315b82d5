import { asObject, type JsonObject } from '../json/json.js';
import { MAX_OUTPUT_TOKENS, MOST_CHOICES } from './bounds.js';
import { firstProblem, invalid, isLeftOut, isTextObject, unknownField, type Problem } from './problem.js';

/** The requirement of a field, and its check. */
interface Rule {
  readonly requirement: string;
  readonly holds: (value: unknown) => boolean;
}

const MOST_STOPS = 4;
const MOST_TOP_LOGPROBS = 20;
const MOST_METADATA = 16;
const LONGEST_METADATA_KEY = 64;
const LONGEST_METADATA = 512;

const text: Rule = { requirement: 'must be a text', holds: (value) => typeof value === 'string' };
const flag: Rule = { requirement: 'must be true or false', holds: (value) => typeof value === 'boolean' };
const object: Rule = { requirement: 'must be an object', holds: (value) => asObject(value) !== undefined };
/** Checked elsewhere. */
const anything: Rule = { requirement: '', holds: () => true };
const limit = whole(1, MAX_OUTPUT_TOKENS);

/** The fields of OpenAI's chat. OpenAI refuses any other field, and so does the sandbox. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ['model', text],
  ['messages', anything],
  ['tools', anything],
  ['functions', anything],
  ['tool_choice', anything],
  ['function_call', anything],
  ['response_format', anything],
  ['parallel_tool_calls', flag],
  ['stream', flag],
  ['stream_options', object],
  ['n', whole(1, MOST_CHOICES)],
  ['max_tokens', limit],
  ['max_completion_tokens', limit],
  ['temperature', between(0, 2)],
  ['top_p', between(0, 1)],
  ['frequency_penalty', between(-2, 2)],
  ['presence_penalty', between(-2, 2)],
  ['seed', whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)],
  ['logprobs', flag],
  ['top_logprobs', whole(0, MOST_TOP_LOGPROBS)],
  ['logit_bias', { requirement: 'must be an object of numbers from -100 to 100', holds: isBias }],
  ['stop', { requirement: `must be a text, or a list of up to ${MOST_STOPS}`, holds: isStop }],
  ['metadata', { requirement: `must be an object of up to ${MOST_METADATA} texts of up to ${LONGEST_METADATA} characters`, holds: isMetadata }],
  ['store', flag],
  ['user', text],
  ['safety_identifier', text],
  ['prompt_cache_key', text],
  ['prompt_cache_options', object],
  ['prompt_cache_retention', oneOf('in_memory', 'in-memory', '24h')],
  ['reasoning_effort', oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')],
  ['verbosity', oneOf('low', 'medium', 'high')],
  ['service_tier', oneOf('auto', 'default', 'flex', 'scale', 'priority', 'fast')],
  ['modalities', { requirement: 'this model answers with text only', holds: (value) => Array.isArray(value) && value.every((one) => one === 'text') }],
  ['audio', { requirement: 'this model has no audio', holds: () => false }],
  ['web_search_options', { requirement: 'this model does not search', holds: () => false }],
  ['prediction', { requirement: "must be an object of type 'content' with that content", holds: isPrediction }],
  ['moderation', object],
]); // prettier-ignore

/** What OpenAI would refuse in the fields other than messages and tools. Undefined for a valid request. */
export function parameterProblem(body: JsonObject): Problem | undefined {
  const unknown = unknownField(body, RULES);
  if (unknown) return unknown;
  for (const [field, { requirement, holds }] of RULES) {
    if (!isLeftOut(body[field]) && !holds(body[field])) return invalid(field, requirement);
  }
  return firstProblem([() => logprobsProblem(body), () => formatProblem(body)]);
}

function logprobsProblem({ logprobs, top_logprobs: top }: JsonObject): Problem | undefined {
  return !isLeftOut(top) && logprobs !== true ? invalid('top_logprobs', "needs 'logprobs' to be true") : undefined;
}

function formatProblem({ response_format: format }: JsonObject): Problem | undefined {
  if (isLeftOut(format)) return undefined;
  const { type, json_schema: schema } = asObject(format) ?? {};
  if (type !== 'text' && type !== 'json_object' && type !== 'json_schema') {
    return invalid('response_format', "its type must be 'text', 'json_object' or 'json_schema'");
  }
  if (type !== 'json_schema') return undefined;
  const { name } = asObject(schema) ?? {};
  const isNamed = typeof name === 'string' && /^[\w-]{1,64}$/.test(name);
  return isNamed
    ? undefined
    : invalid('response_format.json_schema.name', 'must be 1 to 64 letters, digits, dashes or underscores');
}

function whole(least: number, most: number): Rule {
  return {
    requirement: `must be a whole number from ${least} to ${most}`,
    holds: (value) => Number.isSafeInteger(value) && isWithin(value, least, most),
  };
}

function between(least: number, most: number): Rule {
  return { requirement: `must be a number from ${least} to ${most}`, holds: (value) => isWithin(value, least, most) };
}

function oneOf(...values: readonly string[]): Rule {
  return { requirement: `must be one of ${values.join(', ')}`, holds: (value) => values.some((one) => one === value) };
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function isBias(value: unknown): boolean {
  const biases = asObject(value);
  return biases !== undefined && Object.values(biases).every((one) => isWithin(one, -100, 100));
}

function isStop(value: unknown): boolean {
  return (
    typeof value === 'string' ||
    (Array.isArray(value) && value.length <= MOST_STOPS && value.every((one) => typeof one === 'string'))
  );
}

function isMetadata(value: unknown): boolean {
  if (!isTextObject(value)) return false;
  const entries = Object.entries(value as Readonly<Record<string, string>>);
  const fits = ([key, text]: readonly [string, string]) =>
    key.length <= LONGEST_METADATA_KEY && text.length <= LONGEST_METADATA;
  return entries.length <= MOST_METADATA && entries.every(fits);
}

function isPrediction(value: unknown): boolean {
  const { type, content } = asObject(value) ?? {};
  return type === 'content' && (typeof content === 'string' || Array.isArray(content));
}
