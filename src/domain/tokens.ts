/**
 * Token counts of one call, in OpenAI's meaning (providers.md §2.4): `input` includes the cached and
 * the cache-written tokens, `output` includes the reasoning tokens. All are whole numbers ≥ 0.
 */
export interface TokenUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
  /** Audio tokens among input and output; they have prices of their own. */
  readonly audio: number;
}

export const NO_TOKENS: TokenUsage = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0, audio: 0 };

/** A count as providers report it: absent and null mean "not said", negatives mean zero. */
function wholeCount(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/**
 * Makes a consistent `TokenUsage` of reported counts: parts are clamped to the total that contains them,
 * since some providers have been seen to report more cached tokens than prompt tokens.
 */
export function tokenUsage(reported: { readonly [part in keyof TokenUsage]?: unknown }): TokenUsage {
  const input = wholeCount(reported.input);
  const output = wholeCount(reported.output);
  const cachedInput = Math.min(wholeCount(reported.cachedInput), input);
  return {
    input,
    cachedInput,
    cacheWrite: Math.min(wholeCount(reported.cacheWrite), input - cachedInput),
    output,
    reasoning: Math.min(wholeCount(reported.reasoning), output),
    audio: Math.min(wholeCount(reported.audio), input + output),
  };
}
