import { RingsideError } from '../../domain/errors.js';
import type { WireBody } from '../wire.js';

/**
 * How long a whole answer is waited for to be ended by its provider, in milliseconds: longer while its counts may still
 * come.
 */
const WITH_COUNTS_MS = 1000;
const WITHOUT_COUNTS_MS = 5000;

/** What a stream has told so far. */
export interface StreamState {
  /** Every choice has ended for a reason. */
  readonly isWhole: boolean;
  readonly hasUsage: boolean;
  /** Grows with everything that is told. */
  readonly news: number;
}

const END: IteratorResult<Buffer, undefined> = { done: true, value: undefined };

/**
 * The bytes of a stream until it ends or, once the answer in it is whole, until the provider says nothing more of it
 * for a while or breaks the connection. Some never end their streams; what came is no worse for it. Comments that keep
 * a connection alive say nothing.
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

/** A connection that breaks ends a whole answer as well as any other end; a caller who has left is another matter. */
function endedBy(failure: unknown): IteratorResult<Buffer, undefined> {
  if (failure instanceof RingsideError && failure.code === 'upstream_unavailable') return END;
  throw failure;
}
