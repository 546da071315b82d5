import { RingsideError } from '../../domain/errors.js';
import type { WireRequest } from '../wire.js';

/** A base URL, and a path below it. */
export type RequestPlace = Pick<WireRequest, 'baseUrl' | 'path'>;

/**
 * Checks a URL that a prediction gives. A key only goes to Replicate or, with another base URL, to that one: the URL's
 * path is then used below it.
 * @throws RingsideError `upstream_invalid_response` if the URL is missing or is not the provider's
 */
export function placeOfUrl(
  { provider, baseUrl }: Pick<WireRequest, 'provider' | 'baseUrl'>,
  url: unknown,
): RequestPlace {
  if (typeof url !== 'string' || !URL.canParse(url)) throw invalid(provider, 'the prediction has no URL');
  const named = new URL(url);
  const path = `${named.pathname}${named.search}`;
  const base = new URL(baseUrl.includes('://') ? baseUrl : `http://${baseUrl}`);
  if (named.origin === base.origin) return { baseUrl: base.origin, path };
  if (!isReplicate(base)) return { baseUrl, path };
  if (named.protocol !== 'https:' || !isReplicate(named))
    throw invalid(provider, "the prediction has a URL that is not the provider's");
  return { baseUrl: named.origin, path };
}

function isReplicate({ hostname }: URL): boolean {
  return hostname.endsWith('.replicate.com');
}

function invalid(provider: string, what: string): RingsideError {
  return new RingsideError('upstream_invalid_response', `${provider}: ${what}`);
}
