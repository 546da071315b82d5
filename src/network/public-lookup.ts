import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { RingsideError } from '../domain/errors.js';
import { isPublicAddress } from './public-address.js';

/** What a host's name leads to, as `dns.lookup` tells it. */
type Resolve = (
  host: string,
  options: { all: true },
  found: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A look-up for connections to places that developers named: it finds what the system finds, unless any of it lies
 * outside of the public internet. The address that is checked is the one that is connected to, whatever the name leads
 * to a moment later.
 * @param resolve the system's resolver when left out
 */
export function publicLookup(resolve: Resolve = lookup): LookupFunction {
  return (host, options, found) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const refusal = error ?? (addresses.every(({ address }) => isPublicAddress(address)) ? undefined : notPublic());
      const [first] = addresses ?? [];
      if (refusal || !first) found(refusal ?? new Error('the name leads nowhere'), '', 0);
      else if (options.all) found(null, addresses);
      else found(null, first.address, first.family);
    });
  };
}

/**
 * A host that is an address is connected to without being looked up.
 * @throws RingsideError `provider_not_configured` for one that is not public
 */
export function requirePublicHost({ hostname }: URL): void {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) > 0 && !isPublicAddress(host)) throw notPublic();
}

function notPublic(): RingsideError {
  return new RingsideError(
    'provider_not_configured',
    'the base_url of your own key does not lead to a public address',
    { param: 'model' },
  );
}
