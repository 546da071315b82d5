import { isTokenCount } from '../../../domain/pricing/tokens.js';
import { asObject, asText } from '../../json/json.js';

/**
 * What providers call the tier, the speed and the place that price lists are about, in small letters, and words that
 * say nothing of them.
 */
const LISTED: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'global',
  'not_available',
  'on_demand',
  'standard',
  'unspecified',
]);

/** What enumerations write before their words. */
const ENUM_PREFIX = /^(service_tier|traffic_type)_/;

/**
 * Whether an answer says that it was served at a tier, a speed or a place that has prices of its own; no list has them.
 */
export function isUnlisted(...terms: readonly unknown[]): boolean {
  return terms.some((term) => {
    const text = asText(term)?.trim().toLowerCase().replace(ENUM_PREFIX, '');
    return text !== undefined && text !== '' && !LISTED.has(text);
  });
}

/** The terms of a `usage` object in Anthropic's words, which routers in other dialects hand on. */
export function termsIn(usage: unknown): readonly unknown[] {
  const { service_tier: tier, speed, inference_geo: place } = asObject(usage) ?? {};
  return [tier, speed, place];
}

/** What the provider's own tools have done, as far as it is billed beside tokens. */
interface ToolUses {
  readonly searches?: number;
  readonly isUnlisted?: true;
}

/** Fetching a page costs nothing, and neither does looking for a tool among those that were offered. */
const FREE_USES = /fetch|tool_?search/i;

/**
 * How often the provider's own tools were used: `{web_search_requests: 2}`. Searches have a price in some lists; runs
 * of code and other uses have none in any.
 */
export function usesIn(tools: unknown): ToolUses {
  const billed = Object.entries(asObject(tools) ?? {}).filter(
    ([name, uses]) => isTokenCount(uses) && uses > 0 && !FREE_USES.test(name),
  );
  const searches = billed.filter(([name]) => /search/i.test(name)).reduce((sum, [, uses]) => sum + (uses as number), 0);
  const hasOthers = billed.some(([name]) => !/search/i.test(name));
  return { ...(searches > 0 && { searches }), ...(hasOthers && { isUnlisted: true as const }) };
}
