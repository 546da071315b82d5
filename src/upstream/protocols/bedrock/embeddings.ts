import { asObject, objectsOf, type JsonObject } from '../../json/json.js';
import { isUnlisted } from '../answer/price-terms.js';
import { unsupported } from '../request/unsupported.js';
import { headerOf } from '../../wire.js';
import { cohereBatches, cohereVectors } from '../cohere/embeddings.js';
import type { EmbeddingsOffer } from '../../embeddings-offer.js';
import type {
  CanonicalEmbeddings,
  EmbeddingsAnswer,
  EmbeddingsWireCall,
  EmbeddingsRequest,
  EmbeddingsWire,
} from '../../embeddings/embeddings-wire.js';
import { refuseDimensions, textsOf } from '../../embeddings/input.js';
import { inputUsage } from '../openai/input-usage.js';
import { refuseLostFields } from '../../embeddings/lost-fields.js';
import { asNumbers } from '../../embeddings/vector-encoding.js';

/** Bedrock's `InvokeModel`. It passes the body to the model, and each maker has its own format. */
export const bedrock: EmbeddingsWire = { renderEmbeddings, parseEmbeddings };

/** The format of a model, by its id or the end of its ARN. */
const SHAPES: readonly { readonly models: RegExp; readonly bodies: (call: EmbeddingsWireCall) => readonly Sized[] }[] =
  [
    { models: /\bcohere\.embed-/, bodies: cohereBodies },
    { models: /\bamazon\.nova-.*embed/, bodies: novaBodies },
    { models: /\bamazon\.titan-embed-/, bodies: titanBodies },
  ];

type Sized = Pick<EmbeddingsRequest, 'body' | 'count'>;

function renderEmbeddings(
  call: EmbeddingsWireCall,
  _offer: EmbeddingsOffer,
  path: string,
): readonly EmbeddingsRequest[] {
  const shape = SHAPES.find(({ models }) => models.test(call.model));
  if (!shape) throw unsupported(call.provider, 'model', `embeddings of ${call.model}`);
  return shape.bodies(call).map((body) => ({ path, ...body }));
}

function cohereBodies(call: EmbeddingsWireCall): readonly Sized[] {
  return cohereBatches(call).map(({ embedding_types: types, output_dimension, ...fields }) => {
    // The third generation has one length, and returns floats in a plain list if no type is set.
    const isNew = !/embed-(english|multilingual)-v[23]/.test(call.model);
    if (!isNew) refuseDimensions(call);
    return {
      body: isNew ? { ...fields, output_dimension, embedding_types: types } : fields,
      count: fields.texts.length,
    };
  });
}

/** Titan's text models have no lengths before the second version. The image model has its own name for the length. */
function titanBodies(call: EmbeddingsWireCall): readonly Sized[] {
  refuseLostFields(call, ['normalize']);
  const { model, body } = call;
  const isForImages = model.includes('embed-image');
  if (!isForImages && !model.includes('text-v2')) refuseDimensions(call);
  const length = body.dimensions ?? undefined;
  const lengthFields = isForImages
    ? length && { embeddingConfig: { outputEmbeddingLength: length } }
    : { dimensions: length };
  const normalize = body['normalize'] ?? undefined;
  return textsOf(call).map((inputText) => sized({ inputText, normalize, ...lengthFields }));
}

function novaBodies(call: EmbeddingsWireCall): readonly Sized[] {
  refuseLostFields(call, ['embedding_purpose', 'truncate']);
  return textsOf(call).map((text) => sized(novaBody(text, call)));
}

function novaBody(value: string, { body }: EmbeddingsWireCall): JsonObject {
  return {
    taskType: 'SINGLE_EMBEDDING',
    singleEmbeddingParams: {
      embeddingPurpose: body['embedding_purpose'] ?? 'GENERIC_INDEX',
      embeddingDimension: body.dimensions ?? undefined,
      text: { truncationMode: body['truncate'] ?? 'NONE', value },
    },
  };
}

function sized(body: JsonObject): Sized {
  return { body, count: 1 };
}

function parseEmbeddings({ json, headers, count }: EmbeddingsAnswer): CanonicalEmbeddings | undefined {
  const answer = asObject(json);
  const vectors = answer ? vectorsOf(answer) : [];
  if (!answer || vectors.length !== count) return undefined;
  const counted = headerOf(headers, 'x-amzn-bedrock-input-token-count');
  const tokens =
    answer['inputTextTokenCount'] ?? answer['inputTokenCount'] ?? (counted === undefined ? undefined : Number(counted));
  const usage = inputUsage(tokens);
  const terms = [
    headerOf(headers, 'x-amzn-bedrock-service-tier'),
    headerOf(headers, 'x-amzn-bedrock-performanceconfig-latency'),
  ];
  return { vectors, model: undefined, usage: usage && isUnlisted(...terms) ? { ...usage, isUnlisted: true } : usage };
}

function vectorsOf(answer: JsonObject): readonly (readonly number[])[] {
  const single = asNumbers(answer['embedding']);
  if (single) return [single];
  const ofNova = objectsOf(answer['embeddings']).map(({ embedding }) => asNumbers(embedding));
  return ofNova.length > 0 ? ofNova.filter((vector) => vector !== undefined) : cohereVectors(answer['embeddings']);
}
