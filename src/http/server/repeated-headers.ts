import type { IncomingMessage } from 'node:http';
import { RingsideError } from '../../domain/errors.js';

/**
 * Headers that say one thing, with the names by which the documentation calls them. Node joins their repetitions, or
 * drops them.
 */
const SINGLE: ReadonlyMap<string, string> = new Map([
  ['authorization', 'Authorization'],
  ['content-type', 'Content-Type'],
  ['expect', 'Expect'],
  ['fc-customer', 'FC-Customer'],
  ['fc-session-id', 'FC-Session-Id'],
  ['host', 'Host'],
  ['idempotency-key', 'Idempotency-Key'],
  ['x-fc-billable-amount', 'X-FC-Billable-Amount'],
]);

const PROPERTY_PREFIX = 'fc-property-';

/**
 * Refuses a request that says twice what can be said once: nobody could tell which of the two counts. `FC-Tag` may be
 * repeated.
 * @throws RingsideError `invalid_parameter` naming the header
 */
export function refuseRepeatedHeaders(request: IncomingMessage): void {
  let names = 0;
  for (const _ in request.headers) names++;
  // As many names as headers: none came twice. Nearly all requests are done here.
  if (names === request.rawHeaders.length / 2) return;
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values === undefined || values.length < 2) continue;
    const label = name.startsWith(PROPERTY_PREFIX)
      ? `FC-Property-${name.slice(PROPERTY_PREFIX.length)}`
      : SINGLE.get(name);
    if (label !== undefined)
      throw new RingsideError('invalid_parameter', `${label} must be given once`, { param: label });
  }
}
