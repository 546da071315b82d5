import { setImmediate as nextTurn } from 'node:timers/promises';
import type { VectorEncoding } from '../../domain/call/embeddings-body.js';
import { writeJsonInSlices } from '../json/json-writer.js';
import type { Vector } from './embeddings-wire.js';
import { encoded } from './vector-encoding.js';

/** The vectors that are encoded in one turn of the event loop, a few milliseconds of work. */
const VECTORS_A_TURN = 32;

/**
 * Writes vectors as OpenAI's list of embeddings, in the requested encoding, else as numbers. Thousands of vectors take
 * seconds, so they are written in slices.
 */
export async function writeEmbeddings(
  vectors: readonly Vector[],
  encoding: VectorEncoding | null | undefined,
  model: string,
  tokens: number,
): Promise<Buffer> {
  const data = [];
  for (const [index, vector] of vectors.entries()) {
    data.push({ object: 'embedding', index, embedding: encoded(vector, encoding ?? 'float') });
    if (index % VECTORS_A_TURN === VECTORS_A_TURN - 1) await nextTurn();
  }
  return writeJsonInSlices({ object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } });
}
