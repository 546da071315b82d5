import { LARGEST_KEPT_ANSWER } from '../idempotency/kept-answer.js';
import { errorEvent } from './error-event.js';

/** The end of a stream that nothing went wrong with. */
const DONE = Buffer.from('data: [DONE]\n\n');

/** What the answers of all streams that are being kept may take together, in bytes. */
const MOST_KEPT_BYTES = 128 * 1024 * 1024;

/** The memory for answers that are being kept, which all streams share. */
export class KeptStreamBudget {
  #freeBytes: number;

  constructor(bytes = MOST_KEPT_BYTES) {
    this.#freeBytes = bytes;
  }

  /** Takes room for so many bytes; false when there is not so much. */
  take(bytes: number): boolean {
    if (bytes > this.#freeBytes) return false;
    this.#freeBytes -= bytes;
    return true;
  }

  /** Gives bytes back that were taken. */
  release(bytes: number): void {
    this.#freeBytes += bytes;
  }
}

/** What is to be done with all that a stream said, before its caller has the end of it. */
export interface StreamKeeper {
  /** @param events everything the caller is sent, to the last byte; undefined when it is too much to be kept */
  whole(events: Buffer | undefined): Promise<void>;
  /** As `whole`, of a stream that failed; the events end with the failure. */
  failed(events: Buffer | undefined, failure: unknown): Promise<void>;
}

/**
 * Passes a stream on as it comes and hands the whole of it to the keeper before its end leaves. A caller that goes away
 * does not end it: the rest is then read without anybody to send it to.
 */
export async function* keptStream(
  bytes: AsyncIterable<Buffer>,
  keeper: StreamKeeper,
  room: KeptStreamBudget,
): AsyncGenerator<Buffer> {
  const source = kept(bytes, keeper, new KeptEvents(room));
  try {
    for (let step = await source.next(); !step.done; step = await source.next()) yield step.value;
  } finally {
    while (!(await source.next()).done);
  }
}

/** What a stream has said so far, unless that is too much. */
class KeptEvents {
  #pieces: Buffer[] | undefined = [];
  #bytes = 0;

  constructor(private readonly room: KeptStreamBudget) {}

  add(piece: Buffer): void {
    if (!this.#pieces) return;
    if (this.#bytes + piece.length > LARGEST_KEPT_ANSWER || !this.room.take(piece.length)) return this.drop();
    this.#bytes += piece.length;
    this.#pieces.push(piece);
  }

  all(): Buffer | undefined {
    return this.#pieces && Buffer.concat(this.#pieces, this.#bytes);
  }

  drop(): void {
    this.#pieces = undefined;
    this.room.release(this.#bytes);
    this.#bytes = 0;
  }
}

async function* kept(
  bytes: AsyncIterable<Buffer>,
  keeper: StreamKeeper,
  events: KeptEvents,
): AsyncGenerator<Buffer, void> {
  let isKept = false;
  try {
    for await (const piece of bytes) {
      events.add(piece);
      if (piece.equals(DONE)) {
        isKept = true;
        await keeper.whole(events.all());
      }
      yield piece;
    }
    if (!isKept) {
      isKept = true;
      await keeper.whole(events.all());
    }
  } catch (failure) {
    events.add(errorEvent(failure));
    if (!isKept) await keeper.failed(events.all(), failure);
    throw failure;
  } finally {
    events.drop();
  }
}
