import type { ChatBody } from '../../../domain/call/call.js';
import { asObject } from '../../json/json.js';
import { askedNumber } from '../request/asked-number.js';
import { malformed } from '../request/malformed.js';
import type { Family, ModelTraits } from './model-traits.js';
import type { Json } from './wire.js';

/** Fields beyond OpenAI's that callers may send, as a family's models know them. */
const OWN_FIELDS: Readonly<Partial<Record<Family, readonly string[]>>> = {
  claude: ['thinking', 'reasoning_config', 'anthropic_beta'],
  'nova-2': ['reasoningConfig'],
};

/** Families that can be told of how many words the next one is chosen. */
const TOP_K: ReadonlySet<Family> = new Set(['claude', 'mistral', 'nova', 'nova-2']);

/** Fields beyond OpenAI's that a model is sent. */
export function knownFields({ family }: ModelTraits): readonly string[] {
  return [...(OWN_FIELDS[family] ?? []), ...(TOP_K.has(family) ? ['top_k'] : [])];
}

/** Where Claude is told how to think. */
const THINKING: ReadonlySet<string> = new Set(['thinking', 'reasoning_config']);

/** Types of thinking that are none before the answer begins. */
const NO_THINKING: ReadonlySet<unknown> = new Set(['disabled', 'between_tools']);

/**
 * A model's own fields, where the caller gave them. A budget for thinking stays out of an answer that goes on with a
 * turn of the assistant: Claude would want that turn's thoughts back, which no caller of OpenAI's API has.
 * @throws RingsideError `invalid_parameter` for settings that are none
 */
export function ownFields(body: ChatBody, { family }: ModelTraits, goesOn: boolean): Record<string, Json> {
  const given = (OWN_FIELDS[family] ?? []).filter((field) => {
    if (body[field] === undefined || body[field] === null) return false;
    const settings = asObject(body[field]);
    if (!settings && field !== 'anthropic_beta') throw malformed(field, 'an object');
    return !(goesOn && THINKING.has(field) && settings?.['type'] === 'enabled');
  });
  return Object.fromEntries(given.map((field) => [field, body[field] as Json]));
}

/** True when such fields make Claude think, beside which it takes no sampling but its own. */
export function thinks(fields: Readonly<Record<string, Json>>): boolean {
  return Object.entries(fields).some(
    ([field, value]) => THINKING.has(field) && !NO_THINKING.has(asObject(value)?.['type']),
  );
}

/** `top_k` under the name that the model has for it, which Converse itself does not know. */
export function topK(body: ChatBody, { family }: ModelTraits): Record<string, Json> {
  const value = askedNumber(body, 'top_k');
  if (value === undefined || !TOP_K.has(family)) return {};
  return family === 'nova' || family === 'nova-2' ? { inferenceConfig: { topK: value } } : { top_k: value };
}
