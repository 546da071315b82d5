import { RingsideError } from '../../domain/errors.js';
import type { WireRequest } from '../wire.js';

/** Where a request goes: an address, and a path there. */
export type RequestPlace = Pick<WireRequest, 'baseUrl' | 'path'>;

/**
 * Where the address leads that a prediction gives for a thing to be done with it. A key goes to nobody but Replicate
 * itself or, where its base URL is another, to that: the address then counts as one below it.
 * @throws RingsideError `upstream_invalid_response` when the prediction sends us elsewhere, or nowhere
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
