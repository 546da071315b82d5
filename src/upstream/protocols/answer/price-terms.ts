import { isTokenCount } from '../../../domain/pricing/tokens.js';
import { asObject, asText } from '../../json/json.js';

/** Values of tier, speed and place that have list prices, in lower case, and values that mean nothing. */
const LISTED: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'global',
  'not_available',
  'on_demand',
  'standard',
  'unspecified',
]);

/** Prefixes of enumeration values. */
const ENUM_PREFIX = /^(service_tier|traffic_type)_/;

/** Whether an answer was served at a tier, speed or place with its own price, which no price list has. */
export function isUnlisted(...terms: readonly unknown[]): boolean {
  return terms.some((term) => {
    const text = asText(term)?.trim().toLowerCase().replace(ENUM_PREFIX, '');
    return text !== undefined && text !== '' && !LISTED.has(text);
  });
}

/** The terms of a `usage` object in Anthropic's format. Routers pass them on in other formats too. */
export function termsIn(usage: unknown): readonly unknown[] {
  const { service_tier: tier, speed, inference_geo: place } = asObject(usage) ?? {};
  return [tier, speed, place];
}

/** The use of the provider's own tools, as far as it is billed in addition to tokens. */
interface ToolUses {
  readonly searches?: number;
  readonly isUnlisted?: true;
}

/** Tools that cost nothing: fetching a page, and searching for a tool. */
const FREE_USES = /fetch|tool_?search/i;

/**
 * How often the provider's own tools were used: `{web_search_requests: 2}`. Some price lists have a price for searches.
 * None has a price for code execution and other uses.
 */
export function usesIn(tools: unknown): ToolUses {
  const billed = Object.entries(asObject(tools) ?? {}).filter(
    ([name, uses]) => isTokenCount(uses) && uses > 0 && !FREE_USES.test(name),
  );
  const searches = billed.filter(([name]) => /search/i.test(name)).reduce((sum, [, uses]) => sum + (uses as number), 0);
  const hasOthers = billed.some(([name]) => !/search/i.test(name));
  return { ...(searches > 0 && { searches }), ...(hasOthers && { isUnlisted: true as const }) };
}
