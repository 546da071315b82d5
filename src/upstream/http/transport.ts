import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { LRUCache } from 'lru-cache';
import { Client, Pool } from 'undici';
import type { UpstreamTimeouts } from '../../config/config.js';
import { noteRequest, type UpstreamUse } from '../../domain/call/call.js';
import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import { FairShare } from './fair-share.js';
import { publicLookup, requirePublicHost } from '../../network/public-lookup.js';
import { ResponseReceiver, type ReceiverOptions } from './response-receiver.js';
import { SOCKET_READS } from './socket-reads.js';
import type { Wire, WireRequest, WireResponse } from '../wire.js';

/**
 * Most calls share a few routes; paths that name a model or a prediction are without number, and must not fill our
 * memory.
 */
const MOST_ROUTES = 1000;
const MOST_ROUTE_CHARACTERS = 1024 * 1024;

/** How many connection pools are kept where nobody says otherwise. */
const MOST_POOLS = 500;

/** Where a request goes: its origin, and its path there. */
interface RequestUrl {
  readonly origin: string;
  readonly path: string;
}

/**
 * The network: one pool of keep-alive connections an origin, one connection a call at a time, so that giving up a
 * call is closing its connection. Redirects are answers like any other; they are not followed.
 */
export class Transport implements Wire {
  private readonly share = new FairShare();
  private readonly pools: LRUCache<string, Pool>;
  /** Pools that are used no more; each closes when the calls on it have ended. */
  private readonly closing = new Set<Promise<void>>();
  private readonly routes = new LRUCache<string, RequestUrl>({
    max: MOST_ROUTES,
    maxSize: MOST_ROUTE_CHARACTERS,
    sizeCalculation: ({ path }, key) => path.length + key.length,
  });

  /**
   * @param publicOnly connects to public addresses only, for places that are not the operator's
   * @param mostPools how many connection pools are kept; beyond it the one that was used least lately is closed
   */
  constructor(
    private readonly timeouts: UpstreamTimeouts,
    private readonly clock: Clock,
    private readonly publicOnly = false,
    mostPools = MOST_POOLS,
  ) {
    this.pools = new LRUCache({ max: mostPools, dispose: (pool) => this.retire(pool) });
  }

  send(request: WireRequest, signal: AbortSignal, waited: UpstreamUse): Promise<WireResponse> {
    signal.throwIfAborted();
    const { origin, path } = this.route(request);
    const { provider, method = 'POST', headers, body } = request;
    const { clock, share } = this;
    const { totalTimeoutMs } = this.timeouts;
    const onSent = () => noteRequest(waited);
    const receiver = new ResponseReceiver({ provider, clock, signal, waited, share, totalTimeoutMs, onSent });
    this.pool(origin).dispatch({ path, method, headers, body: method === 'GET' ? null : body }, receiver);
    return receiver.head();
  }

  /** Waits for the calls in flight and closes every connection. */
  async close(): Promise<void> {
    for (const pool of this.pools.values()) this.retire(pool);
    await Promise.all(this.closing);
  }

  private retire(pool: Pool): void {
    const closed: Promise<void> = pool
      .close()
      .catch(() => undefined)
      .finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }

  private route({ provider, baseUrl, path }: WireRequest): RequestUrl {
    const key = `${baseUrl} ${path}`;
    let route = this.routes.get(key);
    if (!route) {
      const url = endpointUrl(provider, baseUrl, path);
      if (this.publicOnly) requirePublicHost(url);
      route = { origin: url.origin, path: `${url.pathname}${url.search}` };
      this.routes.set(key, route);
    }
    return route;
  }

  private pool(origin: string): Pool {
    let pool = this.pools.get(origin);
    if (!pool) {
      const { connectTimeoutMs, headersTimeoutMs, idleTimeoutMs } = this.timeouts;
      pool = new Pool(origin, {
        connectTimeout: connectTimeoutMs,
        connect: { ...SOCKET_READS, ...(this.publicOnly && { lookup: publicLookup() }) },
        headersTimeout: headersTimeoutMs,
        bodyTimeout: idleTimeoutMs,
        // On HTTP/2 calls would share a connection, and a call could no longer be ended by closing it.
        allowH2: false,
      });
      this.pools.set(origin, pool);
    }
    return pool;
  }
}

/**
 * Gets a resource from one of these addresses and no other, whatever the name in its URL leads to at that moment, over
 * a connection of its own. Redirects are answers like any other.
 * @param read takes what it needs of the answer; when it is done the connection is closed
 * @throws RingsideError `upstream_unavailable` in the name of `terms.provider`; the signal's reason once that fires
 */
export async function getFrom<T>(
  url: URL,
  addresses: readonly LookupAddress[],
  headers: Readonly<Record<string, string>>,
  terms: ReceiverOptions,
  read: (response: WireResponse) => Promise<T>,
): Promise<T> {
  terms.signal.throwIfAborted();
  const lookup: LookupFunction = (_name, { all }, found) => {
    const [first] = addresses;
    if (all) found(null, [...addresses]);
    else found(null, first!.address, first!.family);
  };
  const timeout = terms.totalTimeoutMs;
  const client = new Client(url.origin, {
    connect: { ...SOCKET_READS, lookup, timeout },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    allowH2: false,
  });
  try {
    const receiver = new ResponseReceiver(terms);
    client.dispatch({ path: `${url.pathname}${url.search}`, method: 'GET', headers }, receiver);
    return await read(await receiver.head());
  } finally {
    await client.destroy();
  }
}

/**
 * Joins a provider's base URL and the path of an endpoint, each of which may have a query, the base URL also a path.
 * Operators write base URLs with and without scheme, trailing slash and version; what stands in both is kept once.
 */
export function endpointUrl(provider: string, baseUrl: string, path: string): URL {
  const text = baseUrl.includes('://') ? baseUrl : `http://${baseUrl}`;
  if (!URL.canParse(text))
    throw new RingsideError('provider_not_configured', `${provider}: its base URL is not a URL`, { param: 'model' });
  const url = new URL(text);
  const prefix = url.pathname.replace(/\/+$/, '');
  const queryAt = path.indexOf('?');
  const endpoint = queryAt === -1 ? path : path.slice(0, queryAt);
  url.pathname = prefix + endpoint.slice(lengthInBoth(prefix, endpoint));
  if (queryAt !== -1) url.search = `${url.search === '' ? '' : `${url.search}&`}${path.slice(queryAt + 1)}`;
  return url;
}

/** How much of an endpoint's path, by whole segments, the base URL ends in already. */
function lengthInBoth(prefix: string, endpoint: string): number {
  let end = endpoint.lastIndexOf('/');
  while (end > 0 && !prefix.endsWith(endpoint.slice(0, end))) end = endpoint.lastIndexOf('/', end - 1);
  return Math.max(0, end);
}
