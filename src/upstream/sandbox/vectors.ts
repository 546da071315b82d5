import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { inputTexts, inputTokens, type EmbeddingsInput } from '../../domain/call/embeddings-body.js';
import { base64Of } from '../embeddings/vector-encoding.js';
import type { JsonObject } from '../json/json.js';
import { tokensIn } from './echo.js';
import { invalid, unknownField, type Problem } from './problem.js';

/** The length of OpenAI's small model, so that the same table can hold both. */
const DIMENSIONS = 1536;

/** The longest vectors. */
const MOST_DIMENSIONS = 4096;

/** OpenAI's limits for one request, and for one text in it. */
const MOST_TEXTS = 2048;
const MOST_TOKENS = 300_000;
const MOST_TOKENS_OF_TEXT = 8192;

/** The most numbers of all vectors of one answer. */
const MOST_NUMBERS = 1_048_576;

/** The vectors made in one turn of the event loop, a few milliseconds of work. */
const VECTORS_A_TURN = 4;

const BYTES_PER_NUMBER = 4;
const HALF_RANGE = 2 ** 31;

/** The answer to an embeddings request, made while it is read; or the problem with the request. */
export type SandboxVectors = { readonly pieces: AsyncGenerator<Buffer> } | Problem;

const KNOWN_FIELDS: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user']);

/**
 * Unit vectors for the texts of a request. The same text has the same vector, another text another one. They have no
 * meaning.
 */
export function embeddingsOf(body: JsonObject): SandboxVectors {
  const { model, input, dimensions, encoding_format: encoding } = body;
  const length = typeof dimensions === 'number' ? dimensions : DIMENSIONS;
  const texts = inputTexts(input as EmbeddingsInput);
  const numbers = inputTokens(input as EmbeddingsInput) ?? [];
  const counts = texts ? texts.map(tokensIn) : numbers.map((list) => list.length);
  const problem = unknownField(body, KNOWN_FIELDS) ?? problemWith(counts, length);
  if (problem) return problem;
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  const vectors = (texts ?? numbers.map((list) => list.join())).values().map((text) => unitVector(text, length));
  const written = vectors.map((vector) => (encoding === 'base64' ? base64Of(vector) : [...vector]));
  return { pieces: pieces(written, { model, usage: { prompt_tokens: tokens, total_tokens: tokens } }) };
}

function problemWith(counts: readonly number[], length: number): Problem | undefined {
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length > MOST_TEXTS) return invalid('input', `at most ${MOST_TEXTS} texts in one request`);
  if (counts.some((count) => count > MOST_TOKENS_OF_TEXT))
    return invalid('input', `maximum input length is ${MOST_TOKENS_OF_TEXT} tokens`);
  if (tokens > MOST_TOKENS) return invalid('input', `${tokens} tokens, at most ${MOST_TOKENS} in one request`);
  if (!Number.isSafeInteger(length) || length < 1 || length > MOST_DIMENSIONS) {
    return invalid('dimensions', `must be a whole number from 1 to ${MOST_DIMENSIONS}`);
  }
  if (counts.length * length <= MOST_NUMBERS) return undefined;
  return invalid(
    'dimensions',
    `${counts.length} vectors of ${length} numbers, at most ${MOST_NUMBERS} numbers in one answer`,
  );
}

/** OpenAI's list of embeddings, a few vectors in each turn of the event loop. */
async function* pieces(vectors: Iterable<string | readonly number[]>, rest: JsonObject): AsyncGenerator<Buffer> {
  let index = 0;
  for (const embedding of vectors) {
    const item = JSON.stringify({ object: 'embedding', index, embedding });
    yield Buffer.from(`${index++ === 0 ? '{"object":"list","data":[' : ','}${item}`);
    if (index % VECTORS_A_TURN === 0) await nextTurn();
  }
  yield Buffer.from(`],${JSON.stringify(rest).slice(1)}`);
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
