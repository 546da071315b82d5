import type { ProviderSettings } from '../domain/call/target.js';

/** How a provider makes embeddings. Plain data in its file in `providers/`. */
export interface EmbeddingsOffer {
  readonly wire: EmbeddingsWireName;
  /** Below the base URL. Some wires append a method name. */
  readonly path: string | ((model: string, settings: ProviderSettings) => string);
  /** The path is outside the API's version, so a `/v1` at the end of the base URL is not part of it. */
  readonly outsideVersionPath?: boolean;
  /**
   * The provider's name for `dimensions`. Without one the field is refused. Wires with their own name ignore the value.
   */
  readonly dimensionsField?: string;
  /** The provider only returns lists of numbers. No encoding is asked for, and base64 is made here. */
  readonly floatsOnly?: boolean;
  /** The provider takes token ids in place of texts. */
  readonly tokenInput?: boolean;
  /** The other fields that the provider knows. All others are dropped. Undefined if unknown fields go out. */
  readonly knownFields?: readonly string[];
}

/** The wires for embeddings. */
export type EmbeddingsWireName = 'openai' | 'gemini' | 'cohere' | 'bedrock' | 'hugging-face' | 'perplexity';
