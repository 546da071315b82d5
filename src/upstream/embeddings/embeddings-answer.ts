import type { VectorEncoding } from '../../domain/embeddings-body.js';
import type { Vector } from './embeddings-wire.js';
import { encoded } from './vector-encoding.js';

/** Writes vectors as OpenAI's list of embeddings, in the encoding that was asked for: plain numbers unless another one was. */
export function writeEmbeddings(
  vectors: readonly Vector[],
  encoding: VectorEncoding | null | undefined,
  model: string,
  tokens: number,
): Buffer {
  const data = vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encoded(vector, encoding ?? 'float') }));
  return Buffer.from(JSON.stringify({ object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } }));
}
