/**
 * The first Claude that refuses a conversation that ends with the assistant ("This model does not support assistant message prefill"). Checked
 * on 2026-11-28 at platform.claude.com, "What's new in Claude 4.6". A name that tells no version is taken for the newest.
 */
const FIRST_WITHOUT_PREFILL = 406;

/** Whether a Claude of this version, by `claudeVersion`, goes on with words that the assistant has begun. */
export function takesPrefill(version: number): boolean {
  return version < FIRST_WITHOUT_PREFILL;
}
