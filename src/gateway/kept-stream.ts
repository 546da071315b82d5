import { LARGEST_KEPT_ANSWER } from '../policy/kept-answer.js';
import { errorEvent } from './error-event.js';

/** The end of a stream that nothing went wrong with. */
const DONE = Buffer.from('data: [DONE]\n\n');

/** What is to be done with all that a stream said, before its caller has the end of it. */
export interface StreamKeeper {
  /** @param events everything the caller is sent, to the last byte; cut off somewhere when it is too much to be kept */
  whole(events: Buffer): Promise<void>;
  /** As `whole`, of a stream that failed; the events end with the failure. */
  failed(events: Buffer, failure: unknown): Promise<void>;
}

/**
 * Passes a stream on as it comes and hands the whole of it to the keeper before its end leaves. A caller that goes away does not end
 * it: the rest is then read without anybody to send it to.
 */
export async function* keptStream(bytes: AsyncIterable<Buffer>, keeper: StreamKeeper): AsyncGenerator<Buffer> {
  const source = kept(bytes, keeper);
  try {
    for (let step = await source.next(); !step.done; step = await source.next()) yield step.value;
  } finally {
    while (!(await source.next()).done);
  }
}

async function* kept(bytes: AsyncIterable<Buffer>, keeper: StreamKeeper): AsyncGenerator<Buffer, void> {
  const pieces: Buffer[] = [];
  let size = 0;
  const keep = (piece: Buffer) => {
    if (size <= LARGEST_KEPT_ANSWER) pieces.push(piece);
    size += piece.length;
  };
  let isKept = false;
  try {
    for await (const piece of bytes) {
      keep(piece);
      if (piece.equals(DONE)) {
        isKept = true;
        await keeper.whole(Buffer.concat(pieces));
      }
      yield piece;
    }
  } catch (failure) {
    keep(errorEvent(failure));
    if (!isKept) await keeper.failed(Buffer.concat(pieces), failure);
    throw failure;
  }
  if (!isKept) await keeper.whole(Buffer.concat(pieces));
}
