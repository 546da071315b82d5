import type { ChatBody, UpstreamUse } from '../domain/call/call.js';
import type { ProviderSettings } from '../domain/call/target.js';
import type { ReportedUsage, TokenUsage } from '../domain/pricing/tokens.js';
import type { AnswerSchema, Mismatch } from './schemas/answer-schemas.js';

/** One attempt at a call: the provider, the model and the request. It does not name the customer. */
export interface UpstreamCall {
  /** The account of the call. Its calls share memory. */
  readonly account: string;
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  /** The provider's key. Undefined if none is needed. Never logged. */
  readonly apiKey: string | undefined;
  /** The provider's other settings. */
  readonly settings: ProviderSettings;
  /** Connect only to public addresses, because a developer set the base URL. */
  readonly publicOnly?: boolean | undefined;
  readonly body: ChatBody;
  /** The most output tokens of one answer. Set if the caller gave no limit and a hold bounds the answer. */
  readonly outputLimit?: number | undefined;
  /** Money was held for the most that the call can cost, so nothing may make it more expensive than requested. */
  readonly isBounded?: boolean | undefined;
  /** The schema of the answer's text, if the caller asked for JSON of a schema. */
  readonly schema?: AnswerSchema | undefined;
  /** A keyed hash of the customer, for providers that take a user field. */
  readonly userHash: string | undefined;
  /** The call's id, used in generated ids. */
  readonly requestId: string;
  /** Aborts when the caller leaves. This closes the upstream connection. */
  readonly signal: AbortSignal;
  /**
   * Counts the milliseconds spent waiting for the provider, and the requests that were sent. The rest of the time is
   * Ringside's own.
   */
  readonly waited: UpstreamUse;
}

/** The part of a call that a protocol reads, without the key, the account and the signal. */
export type ProtocolCall = Pick<
  UpstreamCall,
  'provider' | 'model' | 'body' | 'settings' | 'outputLimit' | 'isBounded' | 'userHash'
>;

/** A complete JSON answer, ready for the caller. */
export interface JsonExchange {
  readonly kind: 'json';
  /** The body for the caller: the provider's own bytes on passthrough, else rendered here. */
  readonly body: Buffer;
  readonly upstreamModel: string | null;
  /** Undefined if the provider reported nothing usable. */
  readonly usage: ReportedUsage | undefined;
  /** The answer was served at terms that no price list has, even if it reports no usage; as in `ReportedUsage`. */
  readonly isUnlisted?: boolean;
  /**
   * Everything that the model wrote (text, reasoning, refusals, tool arguments). It is for an estimate if `usage` is
   * missing.
   */
  readonly outputText: string;
  /** Set if the answer does not match the requested schema. */
  readonly mismatch?: Mismatch | undefined;
}

/**
 * One step of a stream. `bytes` are one or more complete SSE events for the caller. They have no usage chunk unless the
 * caller asked for it, and never the terminal `[DONE]`: the meter sends it after the call is recorded.
 */
export interface StreamStep {
  readonly bytes: Buffer | undefined;
  /** Text the model wrote in this step. */
  readonly outputText: string;
  /** The latest reported counts, if any came. */
  readonly usage: ReportedUsage | undefined;
  /** The prompt's tokens, if they came before those of the answer. For an estimate of the rest. */
  readonly prompt?: TokenUsage | undefined;
  readonly upstreamModel: string | null;
  /** As in a JSON exchange. */
  readonly isUnlisted?: boolean;
}

/**
 * An open stream. `steps` ends normally only if the provider finished its answer. Otherwise it throws a RingsideError
 * (`upstream_unavailable` if the answer was cut short, …), `response_schema_validation_failed`, or the signal's reason.
 * Leaving the iteration early or aborting the signal closes the upstream connection. The user must do one of these or
 * read all steps.
 */
export interface StreamExchange {
  readonly kind: 'stream';
  readonly steps: AsyncIterable<StreamStep>;
}

/** The provider's response, at the first byte of the answer. */
export type Exchange = JsonExchange | StreamExchange;
