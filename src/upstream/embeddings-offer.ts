import type { ProviderSettings } from '../domain/call/target.js';

/** How a provider turns texts into vectors: plain data of its file in `providers/`. */
export interface EmbeddingsOffer {
  readonly wire: EmbeddingsWireName;
  /** Below the base URL; some wires add the method's name to it. */
  readonly path: string | ((model: string, settings: ProviderSettings) => string);
  /** The path stands beside the API's version, so that a `/v1` at the end of the base URL is not part of it. */
  readonly outsideVersionPath?: boolean;
  /**
   * What `dimensions` is called there; where it has no name it is refused. For wires that have a name of their own, any
   * name will do.
   */
  readonly dimensionsField?: string;
  /** Only lists of numbers come from there: no encoding is asked for, and base64 is made here. */
  readonly floatsOnly?: boolean;
  /** Takes token numbers in place of texts. */
  readonly tokenInput?: boolean;
  /**
   * Everything it knows beside the model and what is said above; other fields are dropped. Undefined where unknown
   * fields pass.
   */
  readonly knownFields?: readonly string[];
}

/** How embeddings requests are written and their answers read. */
export type EmbeddingsWireName = 'openai' | 'gemini' | 'cohere' | 'bedrock' | 'hugging-face' | 'perplexity';
