import type { ChatBody } from '../../../domain/call/call.js';
import { asObject } from '../../json/json.js';
import { askedNumber } from '../request/asked-number.js';
import { malformed } from '../request/malformed.js';
import type { Family, ModelTraits } from './model-traits.js';
import type { Json } from './wire.js';

/** Fields of other APIs that callers may send to a family. */
const OWN_FIELDS: Readonly<Partial<Record<Family, readonly string[]>>> = {
  claude: ['thinking', 'reasoning_config', 'anthropic_beta'],
  'nova-2': ['reasoningConfig'],
};

/** Families that take `top_k`. */
const TOP_K: ReadonlySet<Family> = new Set(['claude', 'mistral', 'nova', 'nova-2']);

/** Fields of other APIs that go out to a model. */
export function knownFields({ family }: ModelTraits): readonly string[] {
  return [...(OWN_FIELDS[family] ?? []), ...(TOP_K.has(family) ? ['top_k'] : [])];
}

/** The fields that set Claude's thinking. */
const THINKING: ReadonlySet<string> = new Set(['thinking', 'reasoning_config']);

/** Types without thinking before the answer. */
const NO_THINKING: ReadonlySet<unknown> = new Set(['disabled', 'between_tools']);

/**
 * A model's own fields from the request. If the answer continues an assistant turn, a thinking budget is left out:
 * Claude would need that turn's thoughts, which callers of OpenAI's API do not have.
 * @throws RingsideError `invalid_parameter` for invalid settings
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

/** Whether these fields make Claude think. It then refuses sampling parameters. */
export function thinks(fields: Readonly<Record<string, Json>>): boolean {
  return Object.entries(fields).some(
    ([field, value]) => THINKING.has(field) && !NO_THINKING.has(asObject(value)?.['type']),
  );
}

/** `top_k` under the model's own name, because Converse does not have it. */
export function topK(body: ChatBody, { family }: ModelTraits): Record<string, Json> {
  const value = askedNumber(body, 'top_k');
  if (value === undefined || !TOP_K.has(family)) return {};
  return family === 'nova' || family === 'nova-2' ? { inferenceConfig: { topK: value } } : { top_k: value };
}
