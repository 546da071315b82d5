import { isTokenCount } from '../../domain/pricing/tokens.js';
import { asObject, asText } from '../json.js';

/**
 * What providers call the tier, the speed and the place that price lists are about, in small letters, and words that say nothing of them.
 */
const LISTED: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'global',
  'not_available',
  'on_demand',
  'service_tier_unspecified',
  'standard',
  'traffic_type_unspecified',
  'unspecified',
]);

/** Whether an answer says that it was served at a tier, a speed or a place that has prices of its own; no list has them. */
export function isUnlisted(...said: readonly unknown[]): boolean {
  return said.some((word) => {
    const text = asText(word)?.trim().toLowerCase();
    return text !== undefined && text !== '' && !LISTED.has(text);
  });
}

/** The terms of a `usage` object in Anthropic's words, which routers in other dialects hand on. */
export function termsIn(usage: unknown): readonly unknown[] {
  const { service_tier: tier, speed, inference_geo: place } = asObject(usage) ?? {};
  return [tier, speed, place];
}

/**
 * How often the provider's own tools were used, where those are billed by the use: `{web_search_requests: 2}`. Fetching a page costs
 * nothing.
 */
export function usesIn(tools: unknown): number {
  const counts = Object.entries(asObject(tools) ?? {}).filter(([name]) => !/fetch/i.test(name));
  return counts.reduce((sum, [, uses]) => sum + (isTokenCount(uses) ? uses : 0), 0);
}
