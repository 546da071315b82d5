import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ATTACKER_ADDRESS } from './hostile-request.ts';

/** The gateway under attack. */
export interface AttackedGateway {
  readonly port: number;
  /** A key of an account. */
  readonly key: string;
}

/** A call over a connection of its own; its answer is not read until somebody does. */
export async function opened({ port, key }: AttackedGateway, path: string, body: object): Promise<Socket> {
  const bytes = JSON.stringify(body);
  const socket = connect({ port, host: '127.0.0.1', localAddress: ATTACKER_ADDRESS });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: ringside',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(bytes)}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${bytes}`);
  return socket;
}

/** Makes a call and reads its answer to the end, or until the signal fires. */
export async function drained(
  gateway: AttackedGateway,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<void> {
  const socket = await opened(gateway, path, body);
  const leave = () => socket.destroy();
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  socket.resume();
  if (!socket.destroyed) await once(socket, 'close');
  signal.removeEventListener('abort', leave);
}
