import { isTokenCount, tokenUsage, type TokenUsage } from '../../../domain/pricing/tokens.js';
import type { CanonicalUsage } from '../../canonical.js';
import { asObject } from '../../json.js';
import { shownUsage } from '../shown-usage.js';

/**
 * Reads a `usage` object. `tokens` is what the model read and wrote, Cohere's own words around the prompt included;
 * `billed_units` is what it charges. Undefined when neither says anything.
 */
export function readUsage(value: unknown): CanonicalUsage | undefined {
  const usage = asObject(value);
  const billed = countsIn(usage?.['billed_units']);
  const tokens = countsIn(usage?.['tokens'], usage?.['cached_tokens']) ?? billed;
  if (!tokens) return undefined;
  return { tokens, shown: shownUsage(tokens), ...(billed && !isSame(billed, tokens) && { billed }) };
}

function countsIn(value: unknown, cachedInput?: unknown): TokenUsage | undefined {
  const { input_tokens: input, output_tokens: output } = asObject(value) ?? {};
  return isTokenCount(input) && isTokenCount(output) ? tokenUsage({ input, output, cachedInput }) : undefined;
}

function isSame(one: TokenUsage, other: TokenUsage): boolean {
  return one.input === other.input && one.output === other.output && one.cachedInput === other.cachedInput;
}
