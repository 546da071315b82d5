/** Fields that only OpenAI knows, for billing, storage, caching or style. Without them the answer is the same. */
const OPENAI_HINTS = [
  'logit_bias',
  'metadata',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'store',
  'verbosity',
];

/** The fields that a provider other than OpenAI drops: OpenAI's hints and these, in alphabetical order. */
export function openaiHintsAnd(...others: readonly string[]): readonly string[] {
  return [...OPENAI_HINTS, ...others].toSorted();
}
