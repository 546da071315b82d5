import { isUtf8 } from 'node:buffer';
import type { AnswerLimits } from '../../config/config.js';
import { RingsideError } from '../../domain/errors.js';
import { ANSWER, type ExactReading } from '../../domain/json/exact-json.js';
import type { Awaitable } from '../../domain/awaitable.js';
import { FairQueue } from '../../domain/fair-queue.js';
import { AnswerMemory, type AnswerReservation } from './answer-memory.js';
import { beyondLimit } from '../errors/beyond-limit.js';
import { parseJson } from '../json/json.js';
import { readJsonInSlices } from '../json/json-reader.js';
import { BeyondBounds, type ReadingBounds } from '../json/reading-bounds.js';
import { PieceList } from '../piece-list.js';
import type { WireBody } from '../wire.js';

/** Up to this size a JSON text is read and written at once. That takes a few milliseconds at most. */
const LARGE_BYTES = 256 * 1024;

/** Up to this size an answer that has already arrived is read without waiting for a turn. */
const SMALL_BYTES = 16 * 1024;

const CLOSE_OBJECT = 0x7d;
const CLOSE_LIST = 0x5d;

/** The items allowed for each choice, tool call or similar part, other than log probabilities. */
const ITEMS_A_PART = 4;

/** Lists of vectors have one item for each text or, with some models, for each token. */
const MOST_VECTOR_ITEMS = 1_000_000;

/** The limits for reading an answer. */
export interface ReadingTerms {
  /** The provider's name, for messages. */
  readonly provider: string;
  readonly limits: AnswerLimits;
  readonly signal: AbortSignal;
  /** An answer of vectors may have more items than any other. */
  readonly isOfVectors?: boolean;
}

/** Whether a text is too long to read or write at once. */
export function isLarge(bytes: Buffer): boolean {
  return bytes.length > LARGE_BYTES;
}

/**
 * Parses an answer. Undefined if it is not JSON. A large one is parsed in slices, so that it does not block others.
 * @throws RingsideError `upstream_invalid_response` beyond a limit; the signal's reason when it aborts
 */
export function parseAnswerJson(bytes: Buffer, terms: ReadingTerms): Awaitable<unknown> {
  if (isLarge(bytes)) return parseLargeJson(bytes, terms);
  if (!isUtf8(bytes)) return undefined;
  return parseJson(bytes.toString(), { values: LARGE_BYTES, depth: terms.limits.depth }, readingOf(terms));
}

function readingOf({ isOfVectors }: ReadingTerms): ExactReading | undefined {
  return isOfVectors ? undefined : ANSWER;
}

async function parseLargeJson(bytes: Buffer, terms: ReadingTerms): Promise<unknown> {
  const { provider, limits, signal } = terms;
  const { depth, memoryBytes } = limits;
  const items = terms.isOfVectors ? MOST_VECTOR_ITEMS : ITEMS_A_PART * (limits.choices + limits.toolCalls);
  const bounds: ReadingBounds = { memoryBytes, depth, items, reading: readingOf(terms) };
  try {
    return await readJsonInSlices(bytes, bounds, signal);
  } catch (error) {
    throw error instanceof BeyondBounds ? beyondLimit(provider, `the answer holds too much: ${error.message}`) : error;
  }
}

/** The error that cut a body short. Any other error is thrown again. */
function cutShort(error: unknown): RingsideError {
  if (error instanceof RingsideError && error.code === 'upstream_unavailable') return error;
  throw error;
}

/** Whether a text may be a complete array or object, judged by its last character. */
function endsContainer(bytes: Buffer): boolean {
  let last = bytes.length - 1;
  while (last >= 0 && bytes[last]! <= 0x20) last--;
  return bytes[last] === CLOSE_OBJECT || bytes[last] === CLOSE_LIST;
}

function isInvalid(error: unknown): boolean {
  return error instanceof RingsideError && error.code === 'upstream_invalid_response';
}

/** An answer to read. */
export interface ReceivedAnswer {
  /** The provider's name, for messages. */
  readonly provider: string;
  readonly body: WireBody;
  readonly maxBytes: number;
  /**
   * The owner of the memory that its large answers share: an account, or the provider's address if no account is known.
   */
  readonly account: string;
  readonly signal: AbortSignal;
}

/**
 * Large answers take much memory while they arrive and are read and written. So the large answers of an account share
 * memory and are processed one after the other. Accounts take turns.
 */
export class LargeAnswers {
  readonly #memory: AnswerMemory;
  readonly #waiting = new FairQueue<() => void>();
  #isBusy = false;

  constructor({ heldBytes }: Pick<AnswerLimits, 'heldBytes'>) {
    this.#memory = new AnswerMemory(heldBytes);
  }

  /**
   * Reads an answer to its end and processes it. A large one waits for its turn. A complete JSON text is processed even
   * if its connection broke afterwards or was never closed.
   * @throws RingsideError `upstream_invalid_response` if it is too large; whatever the body or the work throws
   */
  whole<Result>(answer: ReceivedAnswer, work: (bytes: Buffer) => Awaitable<Result>): Awaitable<Result> {
    const bytes = answer.body.whole?.(Math.min(SMALL_BYTES, answer.maxBytes));
    return bytes === undefined ? this.received(answer, work) : work(bytes);
  }

  private async received<Result>(
    { provider, body, maxBytes, account, signal }: ReceivedAnswer,
    work: (bytes: Buffer) => Awaitable<Result>,
  ): Promise<Result> {
    const pieces = new PieceList();
    let reservation: AnswerReservation | undefined;
    let cut: RingsideError | undefined;
    try {
      try {
        for await (const piece of body) {
          pieces.add(piece);
          if (pieces.bytes > maxBytes) throw beyondLimit(provider, `the answer is larger than ${maxBytes} bytes`);
          if (pieces.bytes <= LARGE_BYTES) continue;
          const turn = reservation
            ? reservation.grow(piece.length, signal)
            : (reservation = this.#memory.enter(account)).grow(pieces.bytes, signal);
          if (turn) await turn;
        }
      } catch (error) {
        cut = cutShort(error);
      }
      const bytes = pieces.take();
      if (cut && !endsContainer(bytes)) throw cut;
      return await (reservation ? this.run(account, () => work(bytes)) : work(bytes));
    } catch (error) {
      throw cut && isInvalid(error) ? cut : error;
    } finally {
      reservation?.leave();
    }
  }

  /** Does the work in its turn. It begins at once if nothing else runs. */
  async run<Result>(account: string, work: () => Awaitable<Result>): Promise<Result> {
    if (this.#isBusy) await new Promise<void>((go) => this.#waiting.add(account, go));
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.next();
      if (next) next();
      else this.#isBusy = false;
    }
  }
}
