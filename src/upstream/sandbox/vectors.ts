import { createHash } from 'node:crypto';
import { inputTexts, inputTokens, type EmbeddingsInput } from '../../domain/embeddings-body.js';
import { base64Of } from '../embeddings/vector-encoding.js';
import type { JsonObject } from '../json.js';
import { tokensIn } from './echo.js';

/** As long as those of OpenAI's small model, so that the same table can hold either. */
const DIMENSIONS = 1536;

/** Longer vectors are nobody's; asked for more, it gives so many. */
const MOST_DIMENSIONS = 4096;

const BYTES_PER_NUMBER = 4;
const HALF_RANGE = 2 ** 31;

/** Unit vectors for the texts of a request: the same text has the same vector, another text another one; they say nothing of meaning. */
export function embeddingsOf({ model, input, dimensions, encoding_format: encoding }: JsonObject): JsonObject {
  const length = Math.min(typeof dimensions === 'number' ? dimensions : DIMENSIONS, MOST_DIMENSIONS);
  const texts = inputTexts(input as EmbeddingsInput);
  const numbers = inputTokens(input as EmbeddingsInput) ?? [];
  const vectors = (texts ?? numbers.map((tokens) => tokens.join())).map((text) => unitVector(text, length));
  const tokens = texts ? texts.reduce((sum, text) => sum + tokensIn(text), 0) : numbers.reduce((sum, list) => sum + list.length, 0);
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encoding === 'base64' ? base64Of(vector) : [...vector],
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** As 32-bit floats, so that both encodings hold the same numbers. */
function unitVector(text: string, dimensions: number): Float32Array {
  const bytes = createHash('shake256', { outputLength: dimensions * BYTES_PER_NUMBER })
    .update(text)
    .digest();
  const vector = new Float32Array(dimensions);
  let squares = 0;
  for (let index = 0; index < dimensions; index++) {
    const number = bytes.readInt32LE(index * BYTES_PER_NUMBER) / HALF_RANGE;
    vector[index] = number;
    squares += number * number;
  }
  const norm = Math.sqrt(squares);
  for (let index = 0; index < dimensions; index++) vector[index]! /= norm;
  return vector;
}
