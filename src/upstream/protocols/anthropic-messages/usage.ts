import { isTokenCount, tokenUsage } from '../../../domain/tokens.js';
import type { CanonicalUsage } from '../../canonical.js';
import { asObject, type JsonObject } from '../../json.js';
import { shownUsage } from '../shown-usage.js';

/**
 * Reads a `usage` object. Anthropic counts what was read from a cache and written to one beside `input_tokens`, OpenAI within.
 * Undefined when it says nothing that can be billed.
 */
export function readUsage(value: unknown): CanonicalUsage | undefined {
  const usage = asObject(value);
  if (!usage || !isTokenCount(usage['input_tokens']) || !isTokenCount(usage['output_tokens'])) return undefined;
  const written = usage['cache_creation_input_tokens'];
  const cached = count(usage['cache_read_input_tokens']);
  const tokens = tokenUsage({
    input: count(usage['input_tokens']) + cached + count(written),
    cachedInput: cached,
    cacheWrite: written,
    cacheWrite1h: asObject(usage['cache_creation'])?.['ephemeral_1h_input_tokens'],
    output: usage['output_tokens'],
    reasoning: asObject(usage['output_tokens_details'])?.['thinking_tokens'],
  });
  return { tokens, shown: shownUsage(tokens, { cacheWrites: typeof written === 'number' }) };
}

/** What a later event says replaces what an earlier one said; null says nothing. */
export function mergedUsage(earlier: JsonObject, later: unknown): JsonObject {
  const said = Object.entries(asObject(later) ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return { ...earlier, ...Object.fromEntries(said) };
}

function count(value: unknown): number {
  return isTokenCount(value) ? value : 0;
}
