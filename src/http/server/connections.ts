import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import type { ConnectionLimits } from '../../config/config.js';
import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import type { IdSource } from '../../domain/ids.js';
import { endWith, type ConnectionEndings } from './connection-endings.js';
import { networkOf } from './network-address.js';
import { whenClosed } from './when-closed.js';

/** How often connections and requests are looked at whose time may be over. */
export const CHECK_EVERY_MS = 1000;

/** A flood is one line in the log, not one for each connection. */
const LOG_EVERY_MS = 60_000;

const logger = new Logger('http');

/**
 * Bounds how many connections there are, in all and from one address, and how long a request may take from its head to
 * its last byte.
 */
export class Connections {
  private readonly byNetwork = new Map<string, number>();
  /** Requests in the order they came, with the moment each came at. */
  private readonly unanswered = new Map<ServerResponse, number>();
  private readonly logged = new Map<string, number>();

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly endings: ConnectionEndings,
  ) {}

  /** Takes care of a server, until it closes. */
  watch(server: Server): void {
    // Beyond this Node closes a connection as soon as it is there: an answer would cost what is not left.
    server.maxConnections = this.limits.inAll;
    server.on('drop', () => this.log('RINGSIDE_MAX_CONNECTIONS is reached; new connections are closed'));
    server.on('connection', (socket) => this.count(socket));
    // No descriptor is left for the next connection; those that are there go on, and make room as they end.
    server.on('error', (error) => this.log(`the server reports: ${error.message}`));
    server.on('connect', ({ url }, socket) => {
      endWith(
        socket as Socket,
        new RingsideError('not_found', `there is no CONNECT ${url?.slice(0, 200)}`),
        this.ids.next('req'),
      );
    });
    const checks = setInterval(() => this.endOverdue(), CHECK_EVERY_MS).unref();
    server.once('close', () => clearInterval(checks));
  }

  /** A request came in; it must be answered whole in time. */
  began(response: ServerResponse, arrivedAtMs: number): void {
    this.unanswered.set(response, arrivedAtMs);
    whenClosed(response, () => this.unanswered.delete(response));
  }

  private count(socket: Socket): void {
    const network = networkOf(socket);
    const open = (this.byNetwork.get(network) ?? 0) + 1;
    this.byNetwork.set(network, open);
    socket.once('close', () => this.uncount(network));
    if (open <= this.limits.perAddress) return;
    this.log('an address has reached RINGSIDE_MAX_CONNECTIONS_PER_ADDRESS; its new connections are refused');
    const message = `there are ${this.limits.perAddress} connections from your address, which is the limit; close some and try again`;
    endWith(socket, new RingsideError('rate_limited', message, { retryAfterMs: 1000 }), this.ids.next('req'));
  }

  private uncount(network: string): void {
    const left = this.byNetwork.get(network)! - 1;
    if (left === 0) this.byNetwork.delete(network);
    else this.byNetwork.set(network, left);
  }

  private endOverdue(): void {
    const arrivedBefore = this.clock.elapsedMs() - this.limits.requestTimeoutMs;
    for (const [response, arrivedAtMs] of this.unanswered) {
      if (arrivedAtMs > arrivedBefore) return;
      this.unanswered.delete(response);
      const error = timedOut('the request was not answered', 'RINGSIDE_REQUEST_TIMEOUT_MS');
      if (response.socket) this.endings.add(response.socket, error, this.ids.next('req'));
    }
  }

  private log(message: string): void {
    const nowMs = this.clock.elapsedMs();
    if (nowMs - (this.logged.get(message) ?? -Infinity) < LOG_EVERY_MS) return;
    this.logged.set(message, nowMs);
    logger.warn(message);
  }
}

/** The answer where a request's time is over. */
export function timedOut(what: string, setting: string): RingsideError {
  return new RingsideError('request_timeout', `${what} in time (${setting})`);
}
