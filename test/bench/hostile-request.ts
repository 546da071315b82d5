import { connect, type Socket } from 'node:net';

/** Attackers have an address of their own where all of 127.0.0.0/8 is this machine. */
export const ATTACKER_ADDRESS = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';

/** Where an attack goes, with a server key of an account. */
export interface Gateway {
  readonly port: number;
  readonly key: string;
}

/** A request as an attacker sends it. */
export interface HostileRequest {
  /** `METHOD /path`. */
  readonly route: string;
  /** Header lines beside Host and Content-Length. */
  readonly headers?: readonly string[];
  readonly body: Buffer;
  /** What the head says of the body's length; by default the truth. */
  readonly announced?: number;
}

/** Opens a connection that ends with the signal and fails silently, as an attacker's may. */
export function openHostile({ port }: Gateway, signal: AbortSignal): Socket {
  const socket = connect({
    port,
    host: '127.0.0.1',
    localAddress: ATTACKER_ADDRESS,
    allowHalfOpen: true,
    noDelay: true,
  });
  const leave = (): void => void socket.destroy();
  signal.addEventListener('abort', leave, { once: true });
  socket.on('close', () => signal.removeEventListener('abort', leave)).on('error', () => undefined);
  if (signal.aborted) leave();
  return socket;
}

/** Sends a request and resolves when the gateway has begun to answer, or to close; it does not read on. */
export function sendHostile(gateway: Gateway, request: HostileRequest, signal: AbortSignal): Promise<void> {
  const { route, headers = [], body, announced = body.length } = request;
  const socket = openHostile(gateway, signal);
  socket.write(
    [
      `${route} HTTP/1.1`,
      'host: x',
      'content-type: application/json',
      `content-length: ${announced}`,
      ...headers,
      '',
      '',
    ].join('\r\n'),
  );
  socket.write(body);
  return new Promise<void>((resolve) => {
    for (const event of ['data', 'end', 'close']) socket.once(event, () => resolve());
  }).then(() => void socket.destroy());
}

/** The header line of a known caller. */
export function withKey({ key }: Gateway): string {
  return `authorization: Bearer ${key}`;
}

/** Waits until the signal fires. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
