/**
 * The first Claude that refuses a conversation that ends with the assistant (Kilo-Org/kilocode#8260,
 * anomalyco/opencode#13768; as of 2026-11-28). A name that tells no version is taken for the newest.
 */
const FIRST_WITHOUT_PREFILL = 406;

/** Whether a Claude of this version, by `claudeVersion`, goes on with words that the assistant has begun. */
export function takesPrefill(version: number): boolean {
  return version < FIRST_WITHOUT_PREFILL;
}
