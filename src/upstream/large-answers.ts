import { isUtf8 } from 'node:buffer';
import type { AnswerLimits } from '../config/config.js';
import { RingsideError } from '../domain/errors.js';
import { parseJson } from './json.js';
import { BeyondBounds, readJsonInSlices, type ReadingBounds } from './json-reader.js';

/** A JSON text of so many bytes is read and written in one piece; that takes a few milliseconds at most. */
const LARGE_BYTES = 256 * 1024;

/** Items of arrays that are no log probabilities are choices, tool calls and what stands beside them. */
const ITEMS_A_PART = 4;

/** Lists of vectors have an item for each text or, from some models, for each of its tokens. */
const MOST_VECTOR_ITEMS = 1_000_000;

/** What a text is read under. */
export interface ReadingTerms {
  /** Whose answer it is, for messages. */
  readonly provider: string;
  readonly limits: AnswerLimits;
  readonly signal: AbortSignal;
  /** An answer of vectors has more items than any other. */
  readonly isOfVectors?: boolean;
}

/** An answer that goes beyond a limit. The same model would most likely do it again, so that it is not asked again. */
export function beyondLimit(provider: string, what: string): RingsideError {
  return new RingsideError('upstream_invalid_response', `${provider}: ${what}`, { shouldRetry: false });
}

/** Whether a text is too long to be read or written in one piece. */
export function isLarge(bytes: Buffer): boolean {
  return bytes.length > LARGE_BYTES;
}

/**
 * Parses a whole answer; undefined when it is not JSON. A large one is read in slices, so that it holds up nobody else.
 * @throws RingsideError `upstream_invalid_response` beyond a limit; the signal's reason once that fires
 */
export async function parseAnswerJson(bytes: Buffer, terms: ReadingTerms): Promise<unknown> {
  const { provider, limits, signal } = terms;
  const { depth, memoryBytes } = limits;
  if (!isLarge(bytes)) return isUtf8(bytes) ? parseJson(bytes.toString(), { values: LARGE_BYTES, depth }) : undefined;
  const items = terms.isOfVectors ? MOST_VECTOR_ITEMS : ITEMS_A_PART * (limits.choices + limits.toolCalls);
  const bounds: ReadingBounds = { memoryBytes, depth, items };
  try {
    return await readJsonInSlices(bytes, bounds, signal);
  } catch (error) {
    throw error instanceof BeyondBounds ? beyondLimit(provider, `the answer holds too much: ${error.message}`) : error;
  }
}

/**
 * Has large answers worked on one after the other: each may take a good deal of memory while it is read and written again, and the slices of
 * many at once would add up.
 */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work when all that came before it is over; at once when there is none. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
