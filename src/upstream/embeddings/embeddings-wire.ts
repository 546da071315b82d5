import type { RingsideError } from '../../domain/errors.js';
import type { EmbeddingsBody } from '../../domain/call/embeddings-body.js';
import type { ReportedUsage } from '../../domain/pricing/tokens.js';
import type { UpstreamCall } from '../exchange.js';
import type { JsonObject } from '../json/json.js';
import type { Quirks } from '../quirks.js';
import type { WireHeaders } from '../wire.js';
import type { EmbeddingsOffer } from '../embeddings-offer.js';

/** An attempt at an embeddings call. */
export interface EmbeddingsCall extends Omit<UpstreamCall, 'body' | 'outputLimit' | 'schema'> {
  readonly body: EmbeddingsBody;
  /** The results of earlier attempts. Each attempt adds to them. */
  readonly progress: EmbeddingsProgress;
}

/** The part of the call that a wire reads. */
export type EmbeddingsWireCall = Pick<EmbeddingsCall, 'provider' | 'model' | 'body' | 'userHash'>;

/**
 * Parts of the answer by model, in the order of their requests. Another attempt at the same model only sends the
 * missing requests.
 */
export type EmbeddingsProgress = Map<string, (CanonicalEmbeddings | undefined)[]>;

/** The result: all vectors, or a failure after some of them. */
export type EmbeddingsExchange = WholeEmbeddings | InterruptedEmbeddings;

/** The usage of an attempt. */
interface UsedEmbeddings {
  readonly upstreamModel: string | null;
  /** Undefined if the provider reported nothing usable. */
  readonly usage: ReportedUsage | undefined;
  /** Always empty: nothing is generated. */
  readonly outputText: '';
  /** The texts that this attempt embedded, if they were not all. */
  readonly inputText: string | undefined;
}

/** All vectors have come. */
export interface WholeEmbeddings extends UsedEmbeddings {
  readonly kind: 'embeddings';
  /**
   * The body for the caller: the provider's own bytes on passthrough, else rendered here.
   * @param countedTokens the usage to show if the provider reported none
   */
  readonly body: (countedTokens: number) => Promise<Buffer>;
}

/** Some requests of the call were answered, which costs money, and one failed. */
export interface InterruptedEmbeddings extends UsedEmbeddings {
  readonly kind: 'interrupted';
  readonly error: RingsideError;
}

/** A wire for embeddings. Pure. The offer has the differences between providers. */
export interface EmbeddingsWire {
  /**
   * The requests that together embed the input, each with the next texts.
   * @throws RingsideError `unsupported_parameter` naming what the provider cannot do
   */
  renderEmbeddings(call: EmbeddingsWireCall, offer: EmbeddingsOffer, path: string): readonly EmbeddingsRequest[];
  /** Reads the answer to one request. Undefined if it does not have the wire's form. */
  parseEmbeddings(answer: EmbeddingsAnswer, quirks: Quirks): CanonicalEmbeddings | undefined;
}

/** A request, and the number of texts in it. */
export interface EmbeddingsRequest {
  readonly path: string;
  readonly body: JsonObject;
  readonly count: number;
}

/** The answer to one request, parsed. */
export interface EmbeddingsAnswer {
  readonly json: unknown;
  readonly headers: WireHeaders;
  /** The number of expected vectors. */
  readonly count: number;
}

/** The vectors in the order of their texts, with the usage. */
export interface CanonicalEmbeddings {
  readonly vectors: readonly Vector[];
  readonly model: string | undefined;
  /** Undefined if the provider reported nothing usable. */
  readonly usage: ReportedUsage | undefined;
  /** The provider's bytes, if the caller gets them unchanged. */
  readonly bytes?: Buffer;
}

/** A vector as a list of numbers, or as base64 of little-endian 32-bit floats if the provider sent it so. */
export type Vector = readonly number[] | string;
