import type { Caller } from './caller.js';

/** An inference request as it came in: one of these per call, from the front door to the ledger. */
export interface Call {
  readonly requestId: string;
  readonly caller: Caller;
  /** Header values by lower-case name, as the HTTP server gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The request body: an OpenAI request, of which only what Ringside depends on has been checked. */
  readonly body: ChatBody;
  /** Fires the moment the caller leaves, unless an `Idempotency-Key` lets it come back for the answer. */
  readonly signal: AbortSignal;
  /** `Clock.elapsedMs()` when the request arrived. */
  readonly arrivedAtMs: number;
  /** How much of the time since then was spent waiting for the upstream. */
  readonly waited: { upstreamMs: number };
  /** Headers for the answer, whatever it will be: each room adds what the caller should know of it, names in lower case. */
  readonly answerHeaders: Record<string, string>;
}

/** An OpenAI chat request. Fields not named here pass to the provider. */
export interface ChatBody {
  readonly model: unknown;
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean | null; readonly include_obfuscation?: boolean | null } | null;
  readonly user?: unknown;
  readonly [field: string]: unknown;
}
