import { inputTexts } from '../../domain/call/embeddings-body.js';
import { unsupported } from '../protocols/request/unsupported.js';
import type { EmbeddingsWireCall } from './embeddings-wire.js';

/** The texts of the call. Throws `unsupported_parameter` for token ids, which only OpenAI's models understand. */
export function textsOf({ provider, body }: EmbeddingsWireCall): readonly string[] {
  const texts = inputTexts(body.input);
  if (!texts) throw unsupported(provider, 'input', 'token ids as input');
  return texts;
}

/** Throws `unsupported_parameter` if the length of vectors cannot be set. */
export function refuseDimensions({ provider, model, body }: EmbeddingsWireCall): void {
  if (body.dimensions !== undefined && body.dimensions !== null)
    throw unsupported(provider, 'dimensions', `dimensions for ${model}`);
}

/** Splits a list into batches of a most length, in order. */
export function inBatches<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, batch) =>
    items.slice(batch * most, (batch + 1) * most),
  );
}

/** The caller's fields that the wire knows, without those that have no effect. */
export function fieldsGiven(
  body: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => [name, body[name]]).filter(([, value]) => value !== undefined && value !== null),
  );
}
