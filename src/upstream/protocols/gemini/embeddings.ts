import type { Content, ContentEmbedding, EmbedContentConfig } from '@google/genai';
import { malformed } from '../request/malformed.js';
import { modelResource } from './model-path.js';
import { asObject, objectsOf } from '../../json/json.js';
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

/** The most texts in a request. */
const MOST_TEXTS = 100;

/** A content to embed. It gives one vector, whatever its parts. */
type EmbedContentRequest = { model: string; content: Content } & Pick<
  EmbedContentConfig,
  'outputDimensionality' | 'taskType' | 'title'
>;

/** Gemini's `:embedContent` for one text and `:batchEmbedContents` for several. */
export const gemini: EmbeddingsWire = { renderEmbeddings, parseEmbeddings };

function renderEmbeddings(
  call: EmbeddingsWireCall,
  _offer: EmbeddingsOffer,
  path: string,
): readonly EmbeddingsRequest[] {
  const { model, body } = call;
  refuseLostFields(call, ['task_type', 'taskType', 'title']);
  const taskType = textIn(body, 'task_type') ?? textIn(body, 'taskType');
  const wanted = (text: string): EmbedContentRequest => ({
    model: modelResource(model),
    content: { parts: [{ text }] },
    outputDimensionality: body.dimensions ?? undefined,
    taskType,
    title: textIn(body, 'title'),
  });
  return inBatches(textsOf(call).map(wanted), MOST_TEXTS).map((batch) =>
    batch.length === 1
      ? { path: `${path}:embedContent`, body: { ...batch[0] }, count: 1 }
      : { path: `${path}:batchEmbedContents`, body: { requests: batch }, count: batch.length },
  );
}

/** A text in one of Gemini's own fields. */
function textIn(body: EmbeddingsWireCall['body'], field: string): string | undefined {
  const value = body[field] ?? '';
  if (typeof value !== 'string') throw malformed(field, 'a string');
  return value === '' ? undefined : value;
}

function parseEmbeddings({ json, count }: EmbeddingsAnswer): CanonicalEmbeddings | undefined {
  const answer = asObject(json);
  const single = asObject(answer?.['embedding']);
  const found = (single ? [single] : objectsOf(answer?.['embeddings'])) as readonly ContentEmbedding[];
  const vectors = found.map(({ values }) => asNumbers(values)).filter((vector) => vector !== undefined);
  if (!answer || vectors.length !== count) return undefined;
  return { vectors, model: undefined, usage: inputUsage(asObject(answer['usageMetadata'])?.['promptTokenCount']) };
}
