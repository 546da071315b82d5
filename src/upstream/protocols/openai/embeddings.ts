import { inputCount, inputTokens } from '../../../domain/call/embeddings-body.js';
import { asObject, objectsOf, type JsonObject } from '../../json/json.js';
import { modelOf } from '../answer/answer-metadata.js';
import { unsupported } from '../request/unsupported.js';
import type { EmbeddingsOffer } from '../../embeddings-offer.js';
import type {
  CanonicalEmbeddings,
  EmbeddingsAnswer,
  EmbeddingsWireCall,
  EmbeddingsRequest,
  EmbeddingsWire,
} from '../../embeddings/embeddings-wire.js';
import { fieldsGiven, refuseDimensions } from '../../embeddings/input.js';
import { refuseLostFields } from '../../embeddings/lost-fields.js';
import type { Quirks } from '../../quirks.js';
import { parseInputUsage } from './input-usage.js';
import { asVector } from '../../embeddings/vector-encoding.js';

/** OpenAI's `/embeddings` and compatible APIs, in one request of any size. */
export const openai: EmbeddingsWire = { renderEmbeddings, parseEmbeddings };

function renderEmbeddings(
  call: EmbeddingsWireCall,
  offer: EmbeddingsOffer,
  path: string,
): readonly EmbeddingsRequest[] {
  const { provider, model, body, userHash } = call;
  const { dimensionsField, floatsOnly, tokenInput, knownFields } = offer;
  if (!tokenInput && inputTokens(body.input)) throw unsupported(provider, 'input', 'token ids as input');
  if (dimensionsField === undefined) refuseDimensions(call);
  if (knownFields) refuseLostFields(call, knownFields);
  const { user: _user, dimensions, encoding_format: encoding, ...others } = body;
  const wire: Record<string, unknown> = {
    ...(knownFields ? fieldsGiven(others, knownFields) : others),
    model,
    ...(!floatsOnly && encoding && { encoding_format: encoding }),
    ...(dimensionsField !== undefined && typeof dimensions === 'number' && { [dimensionsField]: dimensions }),
    ...(userHash !== undefined && { user: userHash }),
  };
  return [{ path, body: wire, count: inputCount(body.input) }];
}

function parseEmbeddings({ json, count }: EmbeddingsAnswer, quirks: Quirks): CanonicalEmbeddings | undefined {
  const answer = asObject(json);
  const items = inOrder(objectsOf(answer?.['data']));
  const vectors = items.map(({ embedding }) => asVector(embedding)).filter((vector) => vector !== undefined);
  if (!answer || vectors.length !== count || items.length !== count) return undefined;
  return { vectors, model: modelOf(answer['model']), usage: parseInputUsage(answer['usage'], quirks.response) };
}

/** Sorted by `index` if all have one, because the order of the list is not guaranteed. */
export function inOrder(items: readonly JsonObject[]): readonly JsonObject[] {
  if (!items.every(({ index }) => Number.isSafeInteger(index))) return items;
  return items.toSorted((one, other) => (one['index'] as number) - (other['index'] as number));
}
