import type { UpstreamUse } from '../domain/call/call.js';
import { PieceList } from './piece-list.js';
import { RingsideError } from '../domain/errors.js';

/** One HTTP request to a provider, ready to be sent. */
export interface WireRequest {
  /** POST when left out. */
  readonly method?: 'GET' | 'POST';
  /** The provider's id, for messages. */
  readonly provider: string;
  readonly baseUrl: string;
  /** Appended to the path of `baseUrl`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for GET. Text, unless it is mostly a copy of what the caller sent, and goes over the network. */
  readonly body: string | Buffer;
}

/** Response headers, names in lower case. */
export type WireHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The bytes of an answer as they arrive; what has arrived together comes as one buffer. Reads pause the upstream
 * when nobody takes them. Leaving the iteration early closes the connection.
 * Throws `upstream_unavailable` when the body is cut short or falls silent, or the signal's reason once it fires.
 */
export interface WireBody extends AsyncIterable<Buffer> {
  /** Says that the answer is complete: what may still come is thrown away, so that the connection can serve again. */
  release(): void;
  /**
   * All bytes of an answer that is here to its end before anything was read; undefined while more may come, and where
   * it is longer than that.
   */
  whole?(mostBytes: number): Buffer | undefined;
}

/** An answer, as soon as its headers are here. */
export interface WireResponse {
  readonly status: number;
  readonly headers: WireHeaders;
  readonly body: WireBody;
}

/** A way to an upstream: the network, or the sandbox that answers in this process. */
export interface Wire {
  /**
   * @param signal closes the connection at once when it fires; the promise then rejects with its reason.
   * @param waited grows by the milliseconds spent waiting for the upstream, here and while the body is read, and by
   * each request at the moment it is written to a connection.
   */
  send(request: WireRequest, signal: AbortSignal, waited: UpstreamUse): Promise<WireResponse>;
}

/** One header's value; the first where it was repeated. */
export function headerOf(headers: WireHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** Reads what matters of an error body: its beginning, or what came of it before the connection broke. */
export async function readBeginning(body: WireBody, maxBytes: number): Promise<Buffer> {
  const pieces = new PieceList();
  try {
    for await (const piece of body) {
      pieces.add(piece);
      if (pieces.bytes >= maxBytes) break;
    }
  } catch (error) {
    if (!(error instanceof RingsideError)) throw error;
  }
  return pieces.take().subarray(0, maxBytes);
}

/** A body of pieces that are here, or are made as they are read; leaving early ends the making. */
export function bodyOf(pieces: Iterable<Buffer> | AsyncGenerator<Buffer>): WireBody {
  return {
    async *[Symbol.asyncIterator]() {
      yield* pieces;
    },
    release: () => undefined,
  };
}
