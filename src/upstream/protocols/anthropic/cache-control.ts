import type { CacheControlEphemeral } from '@anthropic-ai/sdk/resources/messages';
import type { JsonObject } from '../../json/json.js';

/** The caller's mark that the prompt up to here is to be cached. */
export function cacheControlOf(mark: JsonObject | undefined): { readonly cache_control?: CacheControlEphemeral } {
  if (mark?.['type'] !== 'ephemeral') return {};
  const { ttl } = mark;
  return { cache_control: { type: 'ephemeral', ...((ttl === '5m' || ttl === '1h') && { ttl }) } };
}
