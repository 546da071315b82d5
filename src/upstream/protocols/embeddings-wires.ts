import { bedrock } from './bedrock/embeddings.js';
import { cohere } from './cohere/embeddings.js';
import type { EmbeddingsWireName } from '../embeddings-offer.js';
import type { EmbeddingsWire } from '../embeddings/embeddings-wire.js';
import { gemini } from './gemini/embeddings.js';
import { huggingFace } from './hugging-face/embeddings.js';
import { openai } from './openai/embeddings.js';
import { perplexity } from './perplexity/embeddings.js';

/** Every wire for embeddings. */
export const EMBEDDINGS_WIRES: Readonly<Record<EmbeddingsWireName, EmbeddingsWire>> = {
  openai,
  gemini,
  cohere,
  bedrock,
  'hugging-face': huggingFace,
  perplexity,
};
