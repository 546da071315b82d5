import type { ChatBody } from '../../../domain/call.js';
import { asObject } from '../../json.js';
import { askedNumber } from '../asked-number.js';
import type { Family, ModelTraits } from './model-traits.js';
import type { Json } from './wire.js';

/** Fields beyond OpenAI's that callers may send, as a family's models know them. */
const OWN_FIELDS: Readonly<Partial<Record<Family, readonly string[]>>> = {
  claude: ['thinking', 'reasoning_config', 'anthropic_beta'],
  'nova-2': ['reasoningConfig'],
};

/** Where Claude is told how to think. */
const THINKING: ReadonlySet<string> = new Set(['thinking', 'reasoning_config']);

/**
 * A model's own fields, where the caller gave them. A budget for thinking stays out of an answer that goes on with a turn of the
 * assistant: Claude would want that turn's thoughts back, which no caller of OpenAI's API has.
 */
export function ownFields(body: ChatBody, { family }: ModelTraits, goesOn: boolean): Record<string, Json> {
  const given = (OWN_FIELDS[family] ?? []).filter((field) => {
    const isBudget = THINKING.has(field) && asObject(body[field])?.['type'] === 'enabled';
    return body[field] !== undefined && body[field] !== null && !(goesOn && isBudget);
  });
  return Object.fromEntries(given.map((field) => [field, body[field] as Json]));
}

/** True when such fields make Claude think, beside which it takes no sampling but its own. */
export function thinks(fields: Readonly<Record<string, Json>>): boolean {
  return Object.entries(fields).some(([field, value]) => THINKING.has(field) && asObject(value)?.['type'] !== 'disabled');
}

/** `top_k` under the name that the model has for it, which Converse itself does not know. */
export function topK(body: ChatBody, { family }: ModelTraits): Record<string, Json> {
  const value = askedNumber(body, 'top_k');
  if (value === undefined) return {};
  if (family === 'nova' || family === 'nova-2') return { inferenceConfig: { topK: value } };
  return family === 'mistral' || family === 'claude' ? { top_k: value } : {};
}
