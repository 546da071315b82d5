import type { InferenceBody } from './call.js';

/** An OpenAI embeddings request. */
export interface EmbeddingsBody extends InferenceBody {
  readonly input: EmbeddingsInput;
  readonly encoding_format?: VectorEncoding | null;
  readonly dimensions?: number | null;
}

/** What is embedded: a text or texts, or a text or texts as the numbers of their tokens. */
export type EmbeddingsInput = string | readonly string[] | TokenNumbers | readonly TokenNumbers[];

/** A text as the numbers of its tokens in the model's own encoding. */
export type TokenNumbers = readonly number[];

/** How a vector is written in an answer: a list of numbers, or base64 of little-endian 32-bit floats. */
export type VectorEncoding = 'float' | 'base64';

/** The texts of a request, in their order; undefined when it holds token numbers. */
export function inputTexts(input: EmbeddingsInput): readonly string[] | undefined {
  if (typeof input === 'string') return [input];
  return typeof input[0] === 'string' ? (input as readonly string[]) : undefined;
}

/** The token numbers of a request, one list for each text; undefined when it holds texts. */
export function inputTokens(input: EmbeddingsInput): readonly TokenNumbers[] | undefined {
  if (typeof input === 'string' || typeof input[0] === 'string') return undefined;
  return typeof input[0] === 'number' ? [input as TokenNumbers] : (input as readonly TokenNumbers[]);
}

/** How many vectors a request asks for. */
export function inputCount(input: EmbeddingsInput): number {
  return typeof input === 'string' || typeof input[0] === 'number' ? 1 : input.length;
}
