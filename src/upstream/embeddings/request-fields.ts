import { each, json, nested, parameter, refused, type FieldRule, type FieldRules } from '../bounds/field-rules.js';
import type { EmbeddingsWireName } from '../embeddings-offer.js';

/** The input: texts, each read separately, or token ids, which only need to be counted. */
const embedded: FieldRule = (count, value, place) => {
  const items: readonly unknown[] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  for (const item of items) {
    if (typeof item === 'string') count.texts.push(item);
    else if (typeof item === 'number') count.otherTokens += 1;
    else if (Array.isArray(item) && item.every((one) => typeof one === 'number')) count.otherTokens += item.length;
    else json(count, item, place);
  }
};

/** An instruction before every text. */
const beforeEach: FieldRule = (count, value, place) => {
  count.tokensPerText += Buffer.byteLength(JSON.stringify([[place, value]]));
};

const geminiContent: FieldRules = {
  ...each(json, 'content', 'title'),
  ...each(parameter, 'model', 'outputDimensionality', 'taskType'),
};

const ofContents: FieldRule = (count, value, place) => {
  const rule = nested(geminiContent);
  if (Array.isArray(value)) for (const request of value) rule(count, request, place);
  else json(count, value, place);
};

/** How the fields of an embeddings request affect its cost, by wire. */
export const EMBEDDINGS_FIELDS: Readonly<Record<EmbeddingsWireName, FieldRules>> = {
  openai: {
    input: embedded,
    prompt: beforeEach,
    ...each(parameter, 'dimensions', 'encoding_format', 'model', 'output_dimension', 'output_dtype', 'stream', 'user'),
  },
  gemini: { ...geminiContent, requests: ofContents },
  cohere: {
    texts: embedded,
    ...each(parameter, 'embedding_types', 'input_type', 'model', 'output_dimension', 'truncate'),
  },
  bedrock: {
    ...each(embedded, 'inputText', 'texts'),
    singleEmbeddingParams: nested({
      text: nested({ value: embedded, truncationMode: parameter }),
      ...each(parameter, 'embeddingDimension', 'embeddingPurpose'),
    }),
    ...each(
      parameter,
      'dimensions',
      'embedding_types',
      'embeddingConfig',
      'input_type',
      'normalize',
      'output_dimension',
      'taskType',
      'truncate',
    ),
  },
  'hugging-face': {
    inputs: embedded,
    prompt_name: refused('only the provider knows which words this adds to each text'),
    ...each(parameter, 'normalize', 'truncate', 'truncation_direction'),
  },
  perplexity: { input: embedded, ...each(parameter, 'dimensions', 'encoding_format', 'model') },
};
