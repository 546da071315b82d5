import type { RingsideError } from '../../domain/errors.js';
import type { EmbeddingsBody } from '../../domain/call/embeddings-body.js';
import type { ReportedUsage } from '../../domain/pricing/tokens.js';
import type { UpstreamCall } from '../exchange.js';
import type { JsonObject } from '../json/json.js';
import type { Quirks } from '../quirks.js';
import type { WireHeaders } from '../wire.js';
import type { EmbeddingsOffer } from '../embeddings-offer.js';

/** An embeddings call to be made upstream, as a chat call is. */
export interface EmbeddingsCall extends Omit<UpstreamCall, 'body' | 'outputLimit' | 'schema'> {
  readonly body: EmbeddingsBody;
  /** What earlier attempts at the call have brought; grows with each. */
  readonly progress: EmbeddingsProgress;
}

/** What a wire reads of it. */
export type EmbeddingsWireCall = Pick<EmbeddingsCall, 'provider' | 'model' | 'body' | 'userHash'>;

/**
 * Parts of the answer by model, in the order of their requests: another attempt at the same model asks for the missing
 * ones only.
 */
export type EmbeddingsProgress = Map<string, (CanonicalEmbeddings | undefined)[]>;

/** What came back: all vectors, or a failure after some of them. */
export type EmbeddingsExchange = WholeEmbeddings | InterruptedEmbeddings;

/** What an attempt used. */
interface UsedEmbeddings {
  readonly upstreamModel: string | null;
  /** Undefined when the provider said nothing usable. */
  readonly usage: ReportedUsage | undefined;
  /** Nothing is generated. */
  readonly outputText: '';
  /** The texts that this attempt had embedded, where that was not all of them. */
  readonly inputText: string | undefined;
}

/** All vectors are there. */
export interface WholeEmbeddings extends UsedEmbeddings {
  readonly kind: 'embeddings';
  /**
   * The body for the caller: the provider's own bytes on passthrough, else rendered here.
   * @param countedTokens what it shows as usage where the provider gave none
   */
  readonly body: (countedTokens: number) => Promise<Buffer>;
}

/** Some requests of the call were answered, which costs something, and one failed. */
export interface InterruptedEmbeddings extends UsedEmbeddings {
  readonly kind: 'interrupted';
  readonly error: RingsideError;
}

/** A wire for embeddings. Pure; what differs by provider is in the offer. */
export interface EmbeddingsWire {
  /**
   * The requests that together embed a call's input, each the next texts of it.
   * @throws RingsideError `unsupported_parameter` naming what the provider cannot do
   */
  renderEmbeddings(call: EmbeddingsWireCall, offer: EmbeddingsOffer, path: string): readonly EmbeddingsRequest[];
  /** Reads the answer to one of them; undefined when it has not the wire's shape. */
  parseEmbeddings(answer: EmbeddingsAnswer, quirks: Quirks): CanonicalEmbeddings | undefined;
}

/** A request, and how many texts of the call it embeds. */
export interface EmbeddingsRequest {
  readonly path: string;
  readonly body: JsonObject;
  readonly count: number;
}

/** The answer to one request, parsed. */
export interface EmbeddingsAnswer {
  readonly json: unknown;
  readonly headers: WireHeaders;
  /** How many vectors are due. */
  readonly count: number;
}

/** Vectors, in the order of their texts, and what is known beside them. */
export interface CanonicalEmbeddings {
  readonly vectors: readonly Vector[];
  readonly model: string | undefined;
  /** Undefined when the provider said nothing usable. */
  readonly usage: ReportedUsage | undefined;
  /** The answer as it came, where it goes to the caller so. */
  readonly bytes?: Buffer;
}

/** A vector as a list of numbers, or as base64 of little-endian 32-bit floats where the provider gave it so. */
export type Vector = readonly number[] | string;
