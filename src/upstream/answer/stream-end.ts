import { RingsideError } from '../../domain/errors.js';
import type { WireBody } from '../wire.js';

/**
 * How long to wait for the provider to end a complete answer, in milliseconds. It is longer if the usage may still
 * come.
 */
const WITH_COUNTS_MS = 1000;
const WITHOUT_COUNTS_MS = 5000;

/** The state of a stream. */
export interface StreamState {
  /** Every choice has a finish reason. */
  readonly isWhole: boolean;
  readonly hasUsage: boolean;
  /** Grows with each new content. */
  readonly news: number;
}

const END: IteratorResult<Buffer, undefined> = { done: true, value: undefined };

/**
 * The bytes of a stream until it ends. After a complete answer, the stream also ends if the provider sends nothing new
 * for a while or the connection breaks. Some providers never end their streams. Comments that keep a connection alive
 * do not count as new.
 */
export function untilEnded(body: WireBody, state: StreamState): AsyncIterableIterator<Buffer> {
  const pieces = body[Symbol.asyncIterator]();
  let quiet: { readonly since: number; readonly over: Promise<'over'>; readonly timer: NodeJS.Timeout } | undefined;
  const wait = () => {
    if (quiet?.since !== state.news) {
      clearTimeout(quiet?.timer);
      const { promise, resolve } = Promise.withResolvers<'over'>();
      const timer = setTimeout(resolve, state.hasUsage ? WITH_COUNTS_MS : WITHOUT_COUNTS_MS, 'over');
      quiet = { since: state.news, over: promise, timer };
    }
    return quiet.over;
  };
  const close = () => {
    clearTimeout(quiet?.timer);
    return pieces.return?.();
  };
  const nextOfWhole = async (): Promise<IteratorResult<Buffer, undefined>> => {
    const next = await Promise.race([pieces.next().catch(endedBy), wait()]);
    if (next === 'over') close()?.catch(() => undefined);
    else if (!next.done) return next;
    clearTimeout(quiet?.timer);
    return END;
  };
  return {
    next: () => (state.isWhole ? nextOfWhole() : pieces.next()),
    return: async () => {
      await close();
      return END;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A broken connection ends a complete answer normally. A caller who left does not. */
function endedBy(failure: unknown): IteratorResult<Buffer, undefined> {
  if (failure instanceof RingsideError && failure.code === 'upstream_unavailable') return END;
  throw failure;
}
