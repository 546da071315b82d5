import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { RingsideError } from '../../domain/errors.js';

/**
 * How long a caller may take to read the last answer of a connection. Then it is taken away, whatever the caller does.
 */
const LINGER_MS = 1000;

/** So many connections are ended in one turn of the event loop; each takes a tenth of a millisecond. */
const ENDINGS_A_TURN = 50;

/** Node's own name for the answer that is being made on a connection. */
interface Answering extends Socket {
  readonly _httpMessage?: { readonly headersSent: boolean } | null;
}

/**
 * Makes the end of a connection one that the last answer survives. Node closes it right behind that answer, and a
 * caller who is still sending then gets a reset, which can throw the answer away before it was read. So our side ends
 * first, and the rest a moment later.
 */
export function lingerAtEnd(socket: Socket): void {
  socket.destroySoon = () => {
    if (socket.writable) socket.end();
    destroyIn(socket, LINGER_MS);
  };
}

/**
 * Answers where there is no request, or no sound one, and ends the connection. Half an answer that is under way is cut
 * off.
 */
export function endWith(socket: Answering, error: RingsideError, requestId: string): void {
  const isAnswering = socket._httpMessage?.headersSent === true;
  if (!socket.writable || isAnswering) {
    socket.destroy();
    return;
  }
  socket.end(httpText(error, requestId));
  socket.pause();
  destroyIn(socket, LINGER_MS);
}

/**
 * Ends connections a few in each turn of the event loop. Thousands that came together are overdue together, and to end
 * them all at once would hold up everybody else.
 */
export class ConnectionEndings {
  readonly #waiting: (() => void)[] = [];

  /** Ends a connection as `endWith` does, soon. */
  add(socket: Socket, error: RingsideError, requestId: string): void {
    this.#waiting.push(() => endWith(socket, error, requestId));
    if (this.#waiting.length === 1) setImmediate(() => this.#turn());
  }

  #turn(): void {
    for (const end of this.#waiting.slice(0, ENDINGS_A_TURN)) end();
    this.#waiting.splice(0, ENDINGS_A_TURN);
    if (this.#waiting.length > 0) setImmediate(() => this.#turn());
  }
}

function destroyIn(socket: Socket, delayMs: number): void {
  const timer = setTimeout(() => socket.destroy(), delayMs).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** An error answer as it goes over the wire. */
function httpText(error: RingsideError, requestId: string): string {
  const body = JSON.stringify(error.toEnvelope());
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    ...(error.shouldRetry === undefined ? [] : [`x-should-retry: ${error.shouldRetry}`]),
    ...(error.retryAfterMs === undefined ? [] : [`retry-after: ${Math.max(1, Math.ceil(error.retryAfterMs / 1000))}`]),
  ];
  return `${[...head, 'connection: close'].join('\r\n')}\r\n\r\n${body}`;
}
