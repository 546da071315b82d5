import type { Clock } from '../../domain/clock.js';
import { RingsideError } from '../../domain/errors.js';
import { PieceList } from '../piece-list.js';
import type { FairShare } from './fair-share.js';
import { networkFailure } from './network-failure.js';
import { onAbort } from './on-abort.js';
import type { WireBody, WireHeaders, WireResponse } from '../wire.js';

/** The handle of a running HTTP exchange that undici gives its handler. */
export interface DispatchController {
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
  /** The headers as they came. */
  rawHeaders?: unknown;
}

/** What an answer is received under. */
export interface ReceiverOptions {
  readonly provider: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly waited: { upstreamMs: number };
  readonly totalTimeoutMs: number;
  /** Is told when the request goes out: there is a connection, and it was not given up before there was. */
  readonly onSent?: () => void;
  /** What many answers share the event loop by. */
  readonly share?: FairShare;
}

/** More unread bytes than this pause the upstream, so that a slow caller slows it down instead of filling memory. */
const HIGH_WATER_BYTES = 16 * 1024;

/** How long a complete answer may take to end on the wire before its connection is given up. */
const LINGER_MS = 1000;

/**
 * Receives one answer: undici's handler on one side, the body as an async iterable on the other, with nothing
 * between them but a list of buffers. It ends once: by the end of the body, a failure, a time-out or the signal.
 */
export class ResponseReceiver implements WireBody, AsyncIterator<Buffer> {
  status = 0;
  headers: WireHeaders = {};

  #flow: DispatchController | undefined;
  readonly #held = new PieceList();
  #isPausing = false;
  #paused = false;
  #ended = false;
  #released = false;
  #failure: unknown;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout;
  readonly #ignoreAbort: () => void;

  constructor(private readonly terms: ReceiverOptions) {
    const { provider, signal, totalTimeoutMs } = terms;
    this.#timer = setTimeout(
      () =>
        this.#fail(
          new RingsideError('upstream_unavailable', `${provider}: no complete answer within ${totalTimeoutMs} ms`),
        ),
      totalTimeoutMs,
    );
    this.#ignoreAbort = onAbort(signal, () => this.#fail(signal.reason));
  }

  /** Resolves when status and headers are here. */
  head(): Promise<WireResponse> {
    return new Promise((resolve, reject) => {
      const give = () => {
        if (this.#failure === undefined) resolve({ status: this.status, headers: this.headers, body: this });
        else reject(this.#failure as Error);
      };
      if (this.status !== 0 || this.#failure !== undefined) give();
      else this.#wait(give);
    });
  }

  whole(mostBytes: number): Buffer | undefined {
    return this.#ended && this.#failure === undefined && this.#held.bytes <= mostBytes ? this.#take() : undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return this;
  }

  /** Everything that has arrived since the last read, in one buffer; waits only when that is nothing. */
  next(): Promise<IteratorResult<Buffer, undefined>> {
    return new Promise((resolve, reject) => {
      const take = () => resolve({ done: false, value: this.#take() });
      const give = () => {
        if (this.#held.bytes > 0) {
          const turn = this.terms.share?.turnFor(this.#held.bytes);
          if (turn) void turn.then(take);
          else take();
        } else if (this.#failure !== undefined) reject(this.#failure as Error);
        else resolve({ done: true, value: undefined });
      };
      if (this.#held.bytes > 0 || this.#ended || this.#failure !== undefined) give();
      else this.#wait(give);
    });
  }

  async return(): Promise<IteratorResult<Buffer, undefined>> {
    if (!this.#released) this.#fail(new Error('the rest of the answer is not wanted'));
    return { done: true, value: undefined };
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.#ended) return;
    this.#stopWaiting();
    this.#timer = setTimeout(() => this.#flow?.abort(new Error('the answer was complete but did not end')), LINGER_MS);
    this.#resume();
  }

  onRequestStart(flow: DispatchController): void {
    this.#flow = flow;
    if (this.#failure !== undefined) flow.abort(this.#failure as Error);
    else this.terms.onSent?.();
  }

  onResponseStart(flow: DispatchController, status: number, headers: WireHeaders): void {
    // These are parts of what was read first, all of which they would keep in memory until the answer ends.
    flow.rawHeaders = null;
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    this.#signal();
  }

  onResponseData(flow: DispatchController, piece: Buffer): void {
    if (this.#released || this.#failure !== undefined) return;
    this.#held.add(piece);
    this.#signal();
    if (this.#held.bytes < HIGH_WATER_BYTES || this.#isPausing) return;
    this.#isPausing = true;
    // In the middle of what was read from the socket it would be put back there, and each time more would be read
    // behind it.
    queueMicrotask(() => this.#pause(flow));
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#stopWaiting();
    this.#signal();
  }

  onResponseError(_flow: DispatchController, error: Error): void {
    this.#fail(networkFailure(this.terms.provider, error));
  }

  #take(): Buffer {
    const value = this.#held.take();
    this.#resume();
    return value;
  }

  #pause(flow: DispatchController): void {
    this.#isPausing = false;
    if (
      this.#held.bytes < HIGH_WATER_BYTES ||
      this.#paused ||
      this.#released ||
      this.#ended ||
      this.#failure !== undefined
    )
      return;
    this.#paused = true;
    flow.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#flow?.resume();
  }

  #fail(failure: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#failure = failure;
    this.#stopWaiting();
    this.#flow?.abort(failure as Error);
    this.#signal();
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#ignoreAbort();
  }

  #signal(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Has something done when there is news: the head, bytes, the end or a failure. */
  #wait(onNews: () => void): void {
    const { clock, waited } = this.terms;
    const sinceMs = clock.elapsedMs();
    this.#wake = () => {
      waited.upstreamMs += clock.elapsedMs() - sinceMs;
      onNews();
    };
  }
}
