/** What a text prompt comes to, roughly, in every language that is written with an alphabet. */
const BYTES_PER_TOKEN = 4;

/** What an answer is taken to need when the caller sets no limit. */
const OUTPUT_TOKENS_WITHOUT_LIMIT = 256;

/**
 * How many tokens a chat call is charged with before anybody knows: its prompt by size and its answers by the limit the caller
 * gives them, as OpenAI counts for its own limits. Cheap rather than right; what was really used is settled afterwards.
 * @param promptText all text of the prompt
 */
export function estimateTokens(
  { max_completion_tokens: most, max_tokens: formerly, n }: Readonly<Record<string, unknown>>,
  promptText: string,
): number {
  const input = Math.ceil(Buffer.byteLength(promptText) / BYTES_PER_TOKEN);
  const output = count(most) ?? count(formerly) ?? OUTPUT_TOKENS_WITHOUT_LIMIT;
  return input + output * (count(n) ?? 1);
}

/** A count as the caller wrote it; anything that is none is the provider's to refuse, and estimated as if it were not there. */
function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
