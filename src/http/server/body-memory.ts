import { Transform, type TransformCallback } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RingsideError } from '../../domain/errors.js';
import type { Payload } from './body-encoding.js';
import { whenClosed } from './when-closed.js';

/**
 * Bounds what the bodies of an account hold together. A body is held from its head on until its answer ends, since a
 * call keeps what it asks for as long as it may be tried again. Beyond the limit a request is refused, and its body is
 * not read.
 */
export class BodyMemory {
  readonly #bytes = new Map<string, number>();

  /** @param limit of one account, in bytes */
  constructor(private readonly limit: number) {}

  /**
   * Counts the body that a request's head announces, until the answer ends.
   * @throws RingsideError `rate_limited`
   */
  admit({ caller, headers }: FastifyRequest, reply: FastifyReply): void {
    const bytes = Number(headers['content-length'] ?? 0);
    if (caller && bytes > 0 && tellsItsSize(headers)) this.#holdFor(caller.account, reply)(bytes);
  }

  /**
   * An admitted request's body to read from. One that did not tell its size is counted as it comes; the stream then
   * fails as `admit` does.
   */
  counted({ caller, headers }: FastifyRequest, reply: FastifyReply, body: Payload): Payload {
    if (!caller || tellsItsSize(headers)) return body;
    const hold = this.#holdFor(caller.account, reply);
    const counted = new Transform({
      transform(piece: Buffer, _encoding, done: TransformCallback) {
        try {
          hold(piece.length);
          done(null, piece);
        } catch (error) {
          done(error as Error);
        }
      },
    });
    // Fastify compares this with the content-length of a packed body.
    Object.defineProperty(counted, 'receivedEncodedLength', { get: () => body.receivedEncodedLength });
    body.once('error', (error) => counted.destroy(error));
    // Whoever read it may have given it up before.
    counted.on('error', () => undefined);
    return body.pipe(counted);
  }

  /** Begins to count a body of an account; all that is counted is given back when the answer ends. */
  #holdFor(account: string, reply: FastifyReply): (bytes: number) => void {
    let ofThis = 0;
    whenClosed(reply.raw, () => {
      const left = (this.#bytes.get(account) ?? 0) - ofThis;
      if (left === 0) this.#bytes.delete(account);
      else this.#bytes.set(account, left);
    });
    return (bytes) => {
      const held = (this.#bytes.get(account) ?? 0) + bytes;
      if (held > this.limit) throw this.#refusal();
      this.#bytes.set(account, held);
      ofThis += bytes;
    };
  }

  #refusal(): RingsideError {
    const megabytes = this.limit / (1024 * 1024);
    const message = `the bodies of your running requests would take more than ${megabytes} MB together (RINGSIDE_BODY_LIMIT_HELD_MB)`;
    return new RingsideError('rate_limited', message, { retryAfterMs: 1000 });
  }
}

/** Whether the length of a body in memory follows from its head. */
function tellsItsSize(headers: FastifyRequest['headers']): boolean {
  return headers['transfer-encoding'] === undefined && headers['content-encoding'] === undefined;
}
