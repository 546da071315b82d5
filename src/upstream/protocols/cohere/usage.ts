import { isTokenCount, tokenUsage, type TokenUsage } from '../../../domain/pricing/tokens.js';
import type { CanonicalUsage } from '../../canonical.js';
import { asObject, type JsonObject } from '../../json/json.js';
import { shownUsage } from '../answer/shown-usage.js';

/**
 * Reads a `usage` object. `tokens` is what the model read and wrote, including Cohere's own text around the prompt.
 * `billed_units` is what Cohere charges. Undefined if both are missing.
 */
export function parseUsage(value: unknown): CanonicalUsage | undefined {
  const usage = asObject(value);
  const units = asObject(usage?.['billed_units']) ?? {};
  const billed = countsIn(units);
  const tokens = countsIn(usage?.['tokens'], usage?.['cached_tokens']) ?? billed;
  if (!tokens) return undefined;
  return {
    tokens,
    shown: shownUsage(tokens),
    ...(billed && !isSame(billed, tokens) && { billed }),
    ...(billsMore(units) && { isUnlisted: true }),
  };
}

/** Searches, images and classifications are billed per piece. Price lists do not have that. */
function billsMore(units: JsonObject): boolean {
  const { input_tokens: _input, output_tokens: _output, ...others } = units;
  return Object.values(others).some((count) => typeof count === 'number' && count > 0);
}

function countsIn(value: unknown, cachedInput?: unknown): TokenUsage | undefined {
  const { input_tokens: input, output_tokens: output } = asObject(value) ?? {};
  return isTokenCount(input) && isTokenCount(output) ? tokenUsage({ input, output, cachedInput }) : undefined;
}

function isSame(one: TokenUsage, other: TokenUsage): boolean {
  return one.input === other.input && one.output === other.output && one.cachedInput === other.cachedInput;
}
