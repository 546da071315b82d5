import { isTokenCount, tokenUsage } from '../../../domain/pricing/tokens.js';
import type { CanonicalUsage } from '../../canonical.js';
import { asObject, type JsonObject } from '../../json/json.js';
import { isUnlisted, termsIn, usesIn } from '../answer/price-terms.js';
import { shownUsage } from '../answer/shown-usage.js';

/**
 * Reads a `usage` object. Anthropic counts cache reads and writes in addition to `input_tokens`, OpenAI inside the
 * prompt. Undefined if nothing in it can be billed.
 */
export function parseUsage(value: unknown): CanonicalUsage | undefined {
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
  return {
    tokens,
    shown: shownUsage(tokens, { cacheWrites: typeof written === 'number' ? count(written) : undefined }),
    ...usesIn(usage['server_tool_use']),
    ...(isUnlisted(...termsIn(usage)) && { isUnlisted: true }),
  };
}

/** The parts of the prompt, which are counted separately. */
const PROMPT_COUNTS = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'];
const PROMPT_PARTS = [...PROMPT_COUNTS, 'cache_creation'];

/**
 * Merges the counts of a later event into earlier ones. Null changes nothing. Counts are cumulative, so none falls:
 * some servers send 0 for what they do not count again. A part of the prompt may become another part, as long as the
 * prompt does not shrink.
 */
export function mergedUsage(earlier: JsonObject, later: unknown): JsonObject {
  const given = Object.entries(asObject(later) ?? {}).filter(([, value]) => value !== null && value !== undefined);
  const merged: JsonObject = { ...earlier, ...Object.fromEntries(given) };
  const hasShrunk = promptOf(merged) < promptOf(earlier);
  const kept = Object.entries(earlier).filter(([name]) => hasShrunk || !PROMPT_PARTS.includes(name));
  return { ...merged, ...Object.fromEntries(kept.map(([name, before]) => [name, notLess(before, merged[name])])) };
}

function promptOf(usage: JsonObject): number {
  return PROMPT_COUNTS.reduce((sum, part) => sum + count(usage[part]), 0);
}

/** The larger of two counts, for each count of a group. */
function notLess(before: unknown, after: unknown): unknown {
  const [group, laterGroup] = [asObject(before), asObject(after)];
  if (!group || !laterGroup) return larger(before, after);
  return {
    ...laterGroup,
    ...Object.fromEntries(Object.entries(group).map(([name, one]) => [name, larger(one, laterGroup[name])])),
  };
}

function larger(before: unknown, after: unknown): unknown {
  return isTokenCount(before) && count(after) < before ? before : after;
}

function count(value: unknown): number {
  return isTokenCount(value) ? value : 0;
}
