import type { Cohere } from 'cohere-ai';
import { asObject } from '../../json/json.js';
import type { EmbeddingsOffer } from '../../embeddings-offer.js';
import type {
  CanonicalEmbeddings,
  EmbeddingsAnswer,
  EmbeddingsWireCall,
  EmbeddingsRequest,
  EmbeddingsWire,
} from '../../embeddings/embeddings-wire.js';
import { inBatches, textsOf } from '../../embeddings/input.js';
import { inputUsage } from '../openai/input-usage.js';
import { refuseLostFields } from '../../embeddings/lost-fields.js';
import { asNumbers } from '../../embeddings/vector-encoding.js';

/** The most texts in a request, at Cohere and on Bedrock. */
const MOST_TEXTS = 96;

/** Cohere's `/v2/embed`. */
export const cohere: EmbeddingsWire = { renderEmbeddings, parseEmbeddings };

/** The fields that both of Cohere's wires take, by their names there. */
interface CohereFields {
  readonly texts: readonly string[];
  readonly input_type: Cohere.EmbedInputType;
  readonly truncate: Cohere.V2EmbedRequestTruncate;
  readonly output_dimension?: number;
  readonly embedding_types: readonly Cohere.EmbeddingType[];
}

function renderEmbeddings(
  call: EmbeddingsWireCall,
  _offer: EmbeddingsOffer,
  path: string,
): readonly EmbeddingsRequest[] {
  return cohereBatches(call).map((fields) => ({
    path,
    body: { model: call.model, ...fields },
    count: fields.texts.length,
  }));
}

/**
 * The texts of the call in as many requests as they need. By default the vectors are those of documents, and a text
 * that is too long fails instead of being cut. The caller's `input_type` and `truncate` win.
 */
export function cohereBatches(call: EmbeddingsWireCall): readonly CohereFields[] {
  refuseLostFields(call, ['input_type', 'truncate']);
  const { body } = call;
  return inBatches(textsOf(call), MOST_TEXTS).map((texts) => ({
    texts,
    input_type: (body['input_type'] ?? 'search_document') as Cohere.EmbedInputType,
    truncate: (body['truncate'] ?? 'NONE') as Cohere.V2EmbedRequestTruncate,
    output_dimension: body.dimensions ?? undefined,
    embedding_types: ['float'],
  }));
}

function parseEmbeddings({ json, count }: EmbeddingsAnswer): CanonicalEmbeddings | undefined {
  const answer = asObject(json);
  const vectors = cohereVectors(answer?.['embeddings']);
  if (!answer || vectors.length !== count) return undefined;
  const billed = asObject(asObject(answer['meta'])?.['billed_units']);
  return { vectors, model: undefined, usage: inputUsage(billed?.['input_tokens']) };
}

/** A list of vectors, as older models send it, or one list for each number type. */
export function cohereVectors(embeddings: unknown): readonly (readonly number[])[] {
  const vectors: unknown = Array.isArray(embeddings) ? embeddings : asObject(embeddings)?.['float'];
  return Array.isArray(vectors) ? vectors.map(asNumbers).filter((vector) => vector !== undefined) : [];
}
