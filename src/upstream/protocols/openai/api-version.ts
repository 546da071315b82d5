import type { ProviderSettings } from '../../../domain/call/target.js';
import type { RequestQuirks } from '../../quirks.js';

/**
 * Adapts a request to an API version from before newer fields: without `stream_options`, and with the old name of the
 * output limit. Ringside then counts the usage of a stream itself.
 */
export function adaptToOldVersion(
  wire: Record<string, unknown>,
  settings: ProviderSettings,
  { newFieldsSince }: RequestQuirks,
): void {
  if (newFieldsSince === undefined) return;
  const day = dayOfVersion(settings);
  if (day === undefined || day >= newFieldsSince) return;
  delete wire['stream_options'];
  const { max_completion_tokens: limit } = wire;
  delete wire['max_completion_tokens'];
  if (limit !== undefined) wire['max_tokens'] = limit;
}

/** The date of an API version. Undefined if it has none. */
export function dayOfVersion(settings: ProviderSettings): string | undefined {
  return /^\d{4}-\d\d-\d\d/.exec(settings['api_version'] ?? '')?.[0];
}
