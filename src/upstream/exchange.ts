import type { ChatBody, UpstreamUse } from '../domain/call/call.js';
import type { ProviderSettings } from '../domain/call/target.js';
import type { ReportedUsage, TokenUsage } from '../domain/pricing/tokens.js';
import type { AnswerSchema, Mismatch } from './schemas/answer-schemas.js';

/** One attempt to be made upstream: who, where, what. Nothing here names the customer. */
export interface UpstreamCall {
  /** The account whose call it is, which shares memory with its others. */
  readonly account: string;
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  /** The provider's key; undefined where none is needed. Never logged. */
  readonly apiKey: string | undefined;
  /** What else the provider is set up with. */
  readonly settings: ProviderSettings;
  /** Only public addresses are connected to, since a developer named the place. */
  readonly publicOnly?: boolean | undefined;
  readonly body: ChatBody;
  /** The most output tokens of one answer, set when the caller gave no limit and a hold bounds the answer. */
  readonly outputLimit?: number | undefined;
  /**
   * Money was set aside for the most that the call can cost, so that nothing may make it dearer than what was asked
   * for.
   */
  readonly isBounded?: boolean | undefined;
  /** What the answer's text has to be, when the caller asked for JSON of a schema. */
  readonly schema?: AnswerSchema | undefined;
  /** A keyed hash that stands for the customer, for providers that take a user field. */
  readonly userHash: string | undefined;
  /** Names the call in synthesised ids. */
  readonly requestId: string;
  /** Fires the moment the caller leaves; closes the upstream socket. */
  readonly signal: AbortSignal;
  /**
   * Counts the milliseconds spent waiting for the upstream, so that the rest is known as ours, and the requests that
   * were sent.
   */
  readonly waited: UpstreamUse;
}

/** What a protocol reads of a call. The key, the account and the signal are none of its business. */
export type ProtocolCall = Pick<
  UpstreamCall,
  'provider' | 'model' | 'body' | 'settings' | 'outputLimit' | 'isBounded' | 'userHash'
>;

/** A whole JSON answer, ready for the caller. */
export interface JsonExchange {
  readonly kind: 'json';
  /** The body for the caller: the provider's own bytes on passthrough, else rendered here. */
  readonly body: Buffer;
  readonly upstreamModel: string | null;
  /** Undefined when the provider said nothing usable. */
  readonly usage: ReportedUsage | undefined;
  /**
   * The answer says that it was served on terms that no price list knows, also where it does not count; as in
   * `ReportedUsage`.
   */
  readonly isUnlisted?: boolean;
  /**
   * Everything the model wrote (text, reasoning, refusals, tool arguments), for an estimate when `usage` is missing.
   */
  readonly outputText: string;
  /** Set when the answer does not keep the schema that was asked for. */
  readonly mismatch?: Mismatch | undefined;
}

/**
 * One step of a stream. `bytes` go to the caller as they are, one or more whole SSE events; the
 * usage chunk is left out when the caller did not ask for it. The terminal `[DONE]` is never in `bytes`: it is
 * the meter's to send once the book knows the call.
 */
export interface StreamStep {
  readonly bytes: Buffer | undefined;
  /** Text the model wrote in this step. */
  readonly outputText: string;
  /** The latest counts the provider reported, once it did. */
  readonly usage: ReportedUsage | undefined;
  /** The prompt's tokens, where they were told before those of the answer; for an estimate of the rest. */
  readonly prompt?: TokenUsage | undefined;
  readonly upstreamModel: string | null;
  /** As in a JSON exchange. */
  readonly isUnlisted?: boolean;
}

/**
 * An open stream. `steps` ends normally only when the provider finished its answer; it throws a RingsideError
 * (`upstream_unavailable` when cut short, …) when it did not, or `response_schema_validation_failed`, and the signal's
 * reason once that fires. Ending the iteration early, or the signal, closes the upstream socket; one of them must
 * happen, or the steps be read to their end.
 */
export interface StreamExchange {
  readonly kind: 'stream';
  readonly steps: AsyncIterable<StreamStep>;
}

/** What came back from upstream, at the first byte of the answer. */
export type Exchange = JsonExchange | StreamExchange;
