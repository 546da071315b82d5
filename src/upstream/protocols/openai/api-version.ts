import type { ProviderSettings } from '../../../domain/call/target.js';
import type { RequestQuirks } from '../../quirks.js';

/**
 * Spells a request for a dated API version from before newer fields were known there: without `stream_options`, and
 * with the output limit under its old name. Usage of a stream is then counted here.
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

/** The day of a dated API version; undefined for one without a date. */
export function dayOfVersion(settings: ProviderSettings): string | undefined {
  return /^\d{4}-\d\d-\d\d/.exec(settings['api_version'] ?? '')?.[0];
}
