import type { Caller } from './caller.js';

/** What an inference request asks for, as usage is grouped by it. */
export type Endpoint = 'chat.completions' | 'embeddings' | 'moderations';

/** An inference request as it came in: one of these per call, from the front door to the ledger. */
export interface Call<Body extends InferenceBody = InferenceBody> {
  readonly endpoint: Endpoint;
  readonly requestId: string;
  readonly caller: Caller;
  /** Header values by lower-case name, as the HTTP server gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The request body: an OpenAI request, of which only what Ringside depends on has been checked. */
  readonly body: Body;
  /** Fires the moment the caller leaves, unless an `Idempotency-Key` lets it come back for the answer. */
  readonly signal: AbortSignal;
  /** `Clock.elapsedMs()` when the request arrived. */
  readonly arrivedAtMs: number;
}

/** What a call has had of its upstreams so far; grows while it runs. */
export interface UpstreamUse {
  /** Milliseconds spent waiting for them. */
  upstreamMs: number;
  /** Requests that were written to a connection, whatever came of them. None are when it is missing. */
  requests?: number;
}

/** Notes a request that was just written to a connection. */
export function noteRequest(use: UpstreamUse): void {
  use.requests = (use.requests ?? 0) + 1;
}

/** An OpenAI request of any endpoint. Fields not named here pass to the provider. */
export interface InferenceBody {
  readonly model: unknown;
  readonly stream?: boolean | null;
  readonly user?: unknown;
  readonly safety_identifier?: unknown;
  readonly [field: string]: unknown;
}

/** An OpenAI chat request. */
export interface ChatBody extends InferenceBody {
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly stream_options?: {
    readonly include_usage?: boolean | null;
    readonly include_obfuscation?: boolean | null;
  } | null;
}

/** What of a call says how much is to be read and written. */
export type CallContent = Pick<Call, 'endpoint' | 'body'>;

/** A chat request as it came in. */
export type ChatCall = Call<ChatBody>;
