import { bedrock } from './bedrock.js';
import { cohere } from './cohere.js';
import type { EmbeddingsWireName } from './embeddings-offer.js';
import type { EmbeddingsWire } from './embeddings-wire.js';
import { gemini } from './gemini.js';
import { huggingFace } from './hugging-face.js';
import { openai } from './openai.js';
import { perplexity } from './perplexity.js';

/** Every wire for embeddings. */
export const EMBEDDINGS_WIRES: Readonly<Record<EmbeddingsWireName, EmbeddingsWire>> = {
  openai,
  gemini,
  cohere,
  bedrock,
  'hugging-face': huggingFace,
  perplexity,
};
