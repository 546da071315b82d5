/**
 * What OpenAI reads to bill, store, cache or phrase an answer, and no other provider knows; without it the answer is
 * the same.
 */
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

/** The fields a provider other than OpenAI drops: OpenAI's own hints and these, in alphabetical order. */
export function openaiHintsAnd(...others: readonly string[]): readonly string[] {
  return [...OPENAI_HINTS, ...others].toSorted();
}
