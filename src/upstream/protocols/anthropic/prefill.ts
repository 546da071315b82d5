/**
 * The first Claude that refuses a conversation that ends with the assistant (Kilo-Org/kilocode#8260,
 * anomalyco/opencode#13768; as of 2026-11-28). A name without a version counts as the newest.
 */
const FIRST_WITHOUT_PREFILL = 406;

/** Whether a Claude of this version, by `claudeVersion`, continues a text that the assistant began. */
export function takesPrefill(version: number): boolean {
  return version < FIRST_WITHOUT_PREFILL;
}
