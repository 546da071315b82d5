import type { EmbeddingsOffer } from '../../embeddings-offer.js';
import type {
  CanonicalEmbeddings,
  EmbeddingsAnswer,
  EmbeddingsWireCall,
  EmbeddingsRequest,
  EmbeddingsWire,
} from '../../embeddings/embeddings-wire.js';
import { fieldsGiven, inBatches, refuseDimensions, textsOf } from '../../embeddings/input.js';
import { refuseLostFields } from '../../embeddings/lost-fields.js';
import { asNumbers } from '../../embeddings/vector-encoding.js';

/** As many texts as Hugging Face's inference servers take at once, unless they are set up otherwise. */
const MOST_TEXTS = 32;

/** What the task knows beside its texts. */
const FIELDS = ['normalize', 'prompt_name', 'truncate', 'truncation_direction'];

/**
 * Hugging Face's feature extraction: a bare array for an answer, of texts or, from some models, of their tokens. It
 * counts no tokens.
 */
export const huggingFace: EmbeddingsWire = { renderEmbeddings, parseEmbeddings };

function renderEmbeddings(
  call: EmbeddingsWireCall,
  _offer: EmbeddingsOffer,
  path: string,
): readonly EmbeddingsRequest[] {
  refuseDimensions(call);
  refuseLostFields(call, FIELDS);
  return inBatches(textsOf(call), MOST_TEXTS).map((inputs) => ({
    path,
    body: { inputs, ...fieldsGiven(call.body, FIELDS) },
    count: inputs.length,
  }));
}

function parseEmbeddings({ json, count }: EmbeddingsAnswer): CanonicalEmbeddings | undefined {
  if (!Array.isArray(json)) return undefined;
  // One text may come without the list around it: as its vector, or as the vectors of its tokens.
  const isBare = count === 1 && (json.length !== 1 || typeof json[0] === 'number');
  const vectors = (isBare ? [json] : json).map(pooled).filter((vector) => vector !== undefined);
  return vectors.length === count && json.length > 0 ? { vectors, model: undefined, usage: undefined } : undefined;
}

/** A vector, or the mean of the vectors of a text's tokens; undefined for anything else. */
function pooled(value: unknown): readonly number[] | undefined {
  const vector = asNumbers(value);
  if (vector || !Array.isArray(value) || value.length === 0) return vector;
  const rows = value.map(pooled);
  const [first] = rows;
  if (!first || !rows.every((row) => row?.length === first.length)) return undefined;
  return first.map((_, index) => rows.reduce((sum, row) => sum + row![index]!, 0) / rows.length);
}
