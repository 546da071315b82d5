import type { WalletDebit } from '../domain/events/usage-recorded.js';
import type { UpstreamUse } from '../domain/call/call.js';
import { formatUsd, nanoUsd } from '../domain/money.js';

/** An answer for the caller: a whole body, or SSE bytes as they come. */
export type InferenceAnswer =
  { readonly kind: 'json'; readonly body: Buffer } | { readonly kind: 'stream'; readonly bytes: AsyncIterable<Buffer> };

/** How a call ended for its caller, with what a front door needs to answer: of a stream, how it began. */
export type Outcome = (
  { readonly kind: 'answered'; readonly answer: InferenceAnswer } | { readonly kind: 'failed'; readonly error: unknown }
) & {
  /** Headers for the answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds that were spent waiting for providers. */
  readonly upstreamMs: number;
  /** Whether anything was sent to a provider, whatever came of it. */
  readonly isSent: boolean;
};

/** What the headers of an answer are made of. */
export interface ShownInHeaders {
  /** Where the caller's rate limits stand. */
  readonly rateLimits: Readonly<Record<string, string>>;
  /** The references that were tried, in order. */
  readonly tried: readonly string[];
  /** The reference that served; undefined where none did. */
  readonly served?: string | undefined;
  /** What the customer's wallet paid; undefined where it did not, or where that is not known yet. */
  readonly wallet?: WalletDebit | null | undefined;
}

function headersOf({ rateLimits, tried, served, wallet }: ShownInHeaders): Record<string, string> {
  return {
    ...rateLimits,
    ...(tried.length > 0 && {
      'x-ringside-models-tried': tried.join(),
      'x-ringside-fallback-triggered': String(tried.length > 1),
    }),
    ...(served !== undefined && { 'x-ringside-model-used': served }),
    ...(wallet && {
      'x-ringside-wallet-balance': formatUsd(nanoUsd(wallet.balanceNanoUsd)),
      'x-ringside-wallet-deducted': formatUsd(nanoUsd(wallet.debitNanoUsd)),
    }),
  };
}

/** The outcome of a call with an answer. */
export function answered(answer: InferenceAnswer, shown: ShownInHeaders, use: UpstreamUse): Outcome {
  return { kind: 'answered', answer, ...restOf(shown, use) };
}

/** The outcome of a call without one. */
export function failed(error: unknown, shown: ShownInHeaders, use: UpstreamUse): Outcome {
  return { kind: 'failed', error, ...restOf(shown, use) };
}

function restOf(shown: ShownInHeaders, { upstreamMs, requests = 0 }: UpstreamUse) {
  return { headers: headersOf(shown), upstreamMs, isSent: requests > 0 };
}
