import type { CallContent } from '../../domain/call/call.js';
import { promptText } from '../../domain/call/prompt-text.js';

/** What a text prompt comes to, roughly, in every language that is written with an alphabet. */
const BYTES_PER_TOKEN = 4;

/** What an answer is taken to need when the caller sets no limit. */
const OUTPUT_TOKENS_WITHOUT_LIMIT = 256;

/**
 * How many tokens a call is charged with before anybody knows: its prompt by size and, of a chat call, its answers by
 * the limit the caller gives them, as OpenAI counts for its own limits. Cheap rather than right; what was really used
 * is settled afterwards.
 */
export function estimateTokens(call: CallContent): number {
  const { text, otherTokens } = promptText(call);
  const input = Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
  return call.endpoint === 'chat.completions' ? input + estimatedOutput(call) : input + otherTokens;
}

function estimatedOutput({ body: { max_completion_tokens: most, max_tokens: formerly, n } }: CallContent): number {
  return (count(most) ?? count(formerly) ?? OUTPUT_TOKENS_WITHOUT_LIMIT) * (count(n) ?? 1);
}

/**
 * A count as the caller wrote it; anything that is none is the provider's to refuse, and estimated as if it were not
 * there.
 */
function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
