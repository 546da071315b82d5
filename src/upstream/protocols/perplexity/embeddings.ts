import { asObject, asText, objectsOf } from '../../json/json.js';
import type { EmbeddingsOffer } from '../../embeddings-offer.js';
import type {
  CanonicalEmbeddings,
  EmbeddingsAnswer,
  EmbeddingsWireCall,
  EmbeddingsRequest,
  EmbeddingsWire,
} from '../../embeddings/embeddings-wire.js';
import { fieldsGiven, inBatches, textsOf } from '../../embeddings/input.js';
import { modelOf } from '../answer/answer-metadata.js';
import { refuseLostFields } from '../../embeddings/lost-fields.js';
import type { Quirks } from '../../quirks.js';
import { parseInputUsage } from '../openai/input-usage.js';
import { inOrder } from '../openai/embeddings.js';

/** The most texts in a request. */
const MOST_TEXTS = 512;

/** The value of 1 in a vector of signed bytes. */
const INT8_ONE = 127;

/** Perplexity's `/v1/embeddings`: OpenAI's request, but its vectors are signed bytes. */
export const perplexity: EmbeddingsWire = { renderEmbeddings, parseEmbeddings };

function renderEmbeddings(
  call: EmbeddingsWireCall,
  _offer: EmbeddingsOffer,
  path: string,
): readonly EmbeddingsRequest[] {
  refuseLostFields(call, []);
  const { model, body } = call;
  return inBatches(textsOf(call), MOST_TEXTS).map((input) => ({
    path,
    body: { model, input, encoding_format: 'base64_int8', ...fieldsGiven(body, ['dimensions']) },
    count: input.length,
  }));
}

function parseEmbeddings({ json, count }: EmbeddingsAnswer, quirks: Quirks): CanonicalEmbeddings | undefined {
  const answer = asObject(json);
  const vectors = inOrder(objectsOf(answer?.['data'])).flatMap(({ embedding }) => {
    const base64 = asText(embedding);
    return base64 === undefined ? [] : [fromInt8(base64)];
  });
  if (!answer || vectors.length !== count) return undefined;
  return { vectors, model: modelOf(answer['model']), usage: parseInputUsage(answer['usage'], quirks.response) };
}

function fromInt8(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length }, (_, index) => bytes.readInt8(index) / INT8_ONE);
}
