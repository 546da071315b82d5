import { tokenUsage, type TokenUsage } from '../../../domain/tokens.js';
import type { CanonicalUsage } from '../../canonical.js';
import { asObject } from '../../json.js';

/**
 * Reads a `usage` object. `tokens` is what the model read and wrote, Cohere's own words around the prompt included;
 * `billed_units` is what it charges. Undefined when neither says anything.
 */
export function readUsage(value: unknown): CanonicalUsage | undefined {
  const usage = asObject(value);
  const billed = countsIn(usage?.['billed_units']);
  const tokens = countsIn(usage?.['tokens'], usage?.['cached_tokens']) ?? billed;
  if (!tokens) return undefined;
  const shown = {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    prompt_tokens_details: { cached_tokens: tokens.cachedInput, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
  return { tokens, shown, ...(billed && !isSame(billed, tokens) && { billed }) };
}

function countsIn(value: unknown, cachedInput?: unknown): TokenUsage | undefined {
  const { input_tokens: input, output_tokens: output } = asObject(value) ?? {};
  return Number.isSafeInteger(input) && Number.isSafeInteger(output) ? tokenUsage({ input, output, cachedInput }) : undefined;
}

function isSame(one: TokenUsage, other: TokenUsage): boolean {
  return one.input === other.input && one.output === other.output && one.cachedInput === other.cachedInput;
}
