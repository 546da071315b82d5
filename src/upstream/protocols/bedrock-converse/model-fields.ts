import type { ChatBody } from '../../../domain/call.js';
import { askedNumber } from '../asked-number.js';
import type { Family, ModelTraits } from './model-traits.js';
import type { Json } from './wire.js';

/** Fields beyond OpenAI's that callers may send, as a family's models know them. */
const OWN_FIELDS: Readonly<Partial<Record<Family, readonly string[]>>> = {
  claude: ['thinking', 'reasoning_config', 'anthropic_beta'],
  'nova-2': ['reasoningConfig'],
};

/** What goes to the model past Converse: its own fields, where the caller gave them, and `top_k` under the name it has there. */
export function modelFields(body: ChatBody, traits: ModelTraits): Record<string, Json> {
  const given = (OWN_FIELDS[traits.family] ?? []).filter((field) => body[field] !== undefined && body[field] !== null);
  return { ...Object.fromEntries(given.map((field) => [field, body[field] as Json])), ...topK(askedNumber(body, 'top_k'), traits) };
}

function topK(value: number | undefined, { family, ownSampling }: ModelTraits): Record<string, Json> {
  if (value === undefined) return {};
  if (family === 'nova' || family === 'nova-2') return { inferenceConfig: { topK: value } };
  return family === 'mistral' || (family === 'claude' && !ownSampling) ? { top_k: value } : {};
}
