import type { EmbeddingsBody } from '../../src/domain/call/embeddings-body.js';
import type { EmbeddingsCall, WholeEmbeddings } from '../../src/upstream/embeddings/embeddings-wire.js';
import type { Upstream } from '../../src/upstream/calls/upstream.js';
import { callOf } from './calling.js';

/** An embeddings call as the gateway hands it over, with the given parts in place of plain ones. */
export function embeddingsCall({
  body,
  ...parts
}: Partial<Omit<EmbeddingsCall, 'body'>> & { body: Partial<EmbeddingsBody> }): EmbeddingsCall {
  const { body: _, ...call } = callOf();
  return { ...call, progress: new Map(), ...parts, body: { model: 'fc:any/model', input: 'Hi', ...body } };
}

/** All vectors of a call, and the body that its caller would get, parsed. */
export async function embedded(
  room: Upstream,
  call: EmbeddingsCall,
  counted = 77,
): Promise<WholeEmbeddings & { json: EmbeddingsJson }> {
  const exchange = await room.embed(call);
  if (exchange.kind !== 'embeddings') throw exchange.error;
  return { ...exchange, json: JSON.parse((await exchange.body(counted)).toString()) as EmbeddingsJson };
}

/** OpenAI's list of embeddings. */
export interface EmbeddingsJson {
  readonly object: 'list';
  readonly data: readonly {
    readonly object: 'embedding';
    readonly index: number;
    readonly embedding: number[] | string;
  }[];
  readonly model: string;
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

/** Numbers as OpenAI writes them in base64: little-endian 32-bit floats. */
export function base64Of(numbers: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  numbers.forEach((number, index) => view.setFloat32(index * 4, number, true));
  return Buffer.from(view.buffer).toString('base64');
}

/** A whole request's input of so many texts, each a word and its number. */
export function manyTexts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `text ${index}`);
}
