import { inputTexts } from '../../domain/call/embeddings-body.js';
import { unsupported } from '../protocols/request/unsupported.js';
import type { EmbeddingsWireCall } from './embeddings-wire.js';

/**
 * The call's texts. Throws `unsupported_parameter` for token numbers: only OpenAI's own models know what they stand
 * for.
 */
export function textsOf({ provider, body }: EmbeddingsWireCall): readonly string[] {
  const texts = inputTexts(body.input);
  if (!texts) throw unsupported(provider, 'input', 'token ids as input');
  return texts;
}

/** Throws `unsupported_parameter` where vectors have the length they have. */
export function refuseDimensions({ provider, model, body }: EmbeddingsWireCall): void {
  if (body.dimensions !== undefined && body.dimensions !== null)
    throw unsupported(provider, 'dimensions', `dimensions for ${model}`);
}

/** A list in pieces of at most so many, in its order. */
export function inBatches<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, batch) =>
    items.slice(batch * most, (batch + 1) * most),
  );
}

/** The caller's fields that the wire knows, without those that ask for nothing. */
export function fieldsGiven(
  body: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => [name, body[name]]).filter(([, value]) => value !== undefined && value !== null),
  );
}
