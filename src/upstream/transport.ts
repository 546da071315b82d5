import { Pool } from 'undici';
import type { UpstreamTimeouts } from '../config/config.js';
import type { Clock } from '../domain/clock.js';
import { RingsideError } from '../domain/errors.js';
import { Reception } from './reception.js';
import type { Wire, WireRequest, WireResponse } from './wire.js';

/** Where a request goes: the connections to its origin, and its path there. */
interface Route {
  readonly pool: Pool;
  readonly path: string;
}

/**
 * The network: one pool of keep-alive connections an origin, one connection a call at a time, so that giving up a
 * call is closing its connection. Redirects are answers like any other; they are not followed.
 */
export class Transport implements Wire {
  private readonly pools = new Map<string, Pool>();
  private readonly routes = new Map<string, Route>();

  constructor(
    private readonly timeouts: UpstreamTimeouts,
    private readonly clock: Clock,
  ) {}

  async send(request: WireRequest, signal: AbortSignal, waited: { upstreamMs: number }): Promise<WireResponse> {
    signal.throwIfAborted();
    const { pool, path } = this.route(request);
    const { provider, headers, body } = request;
    const { clock } = this;
    const reception = new Reception({ provider, clock, signal, waited, totalTimeoutMs: this.timeouts.totalTimeoutMs });
    pool.dispatch({ path, method: 'POST', headers, body }, reception);
    await reception.head();
    return { status: reception.status, headers: reception.headers, body: reception };
  }

  /** Waits for the calls in flight and closes every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.close()));
  }

  private route({ provider, baseUrl, path }: WireRequest): Route {
    const key = `${baseUrl} ${path}`;
    let route = this.routes.get(key);
    if (!route) {
      const url = endpointUrl(provider, baseUrl, path);
      route = { pool: this.pool(url.origin), path: `${url.pathname}${url.search}` };
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
 * Joins a provider's base URL, which may have a path and a query of its own, and the path of an endpoint. Operators
 * write base URLs with and without scheme, trailing slash and version; a version that stands in both is kept once.
 */
export function endpointUrl(provider: string, baseUrl: string, path: string): URL {
  const text = baseUrl.includes('://') ? baseUrl : `http://${baseUrl}`;
  if (!URL.canParse(text)) throw new RingsideError('provider_not_configured', `${provider}: its base URL is not a URL`, { param: 'model' });
  const url = new URL(text);
  const prefix = url.pathname.replace(/\/+$/, '');
  const [, version] = /^(\/[^/]+)\//.exec(path) ?? [];
  url.pathname = `${prefix}${version !== undefined && prefix.endsWith(version) ? path.slice(version.length) : path}`;
  return url;
}
