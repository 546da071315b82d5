import type { ErrorCode } from '../domain/errors.js';
import type { ReportedUsage, TokenUsage } from '../domain/pricing/tokens.js';
import type { JsonObject } from './json/json.js';

/** Why a choice ended, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** Token counts twice: as the meter counts them, and as the `usage` object a caller is shown. */
export interface CanonicalUsage extends ReportedUsage {
  readonly shown: JsonObject;
  /** A count in it cannot be one: it is shown as well as it can be, and the meter counts for itself. */
  readonly isDoubtful?: boolean;
}

/** An error that came where an answer was due: under HTTP 200, or in the middle of a stream. */
export interface CanonicalFailure {
  readonly kind: 'failure';
  /** The error as the provider put it, in any of the shapes that `failure-body.ts` reads. */
  readonly body: JsonObject;
  /** What it means, where the wire family knows; else it is read from the body. */
  readonly code?: ErrorCode;
}

/**
 * What a provider's stream says, whatever its wire: every wire family translates its events into these, and one emitter
 * writes them as OpenAI chunks. `choice` is the index of the choice. `key` names a tool call within its choice while
 * the stream lasts; it need not be dense nor start at zero. It is undefined where the provider tells its calls apart by
 * nothing: each start is another call then, and arguments belong to the latest. Some providers tell a call by one thing
 * and its arguments by another, or the arguments first.
 */
export type CanonicalEvent =
  | {
      readonly kind: 'start';
      readonly id: string | undefined;
      readonly model: string | undefined;
      /** Unix seconds. */
      readonly created: number | undefined;
      readonly serviceTier: string | undefined;
      readonly systemFingerprint: string | undefined;
      /** It is served on terms that no price list knows; as in `ReportedUsage`. */
      readonly isUnlisted?: boolean;
      /** The tokens of the prompt, where they are told before those of the answer. */
      readonly prompt?: TokenUsage | undefined;
    }
  /** The provider began this choice; `content` is null when it announced that no text comes first. */
  | { readonly kind: 'open'; readonly choice: number; readonly content: '' | null }
  | { readonly kind: 'text'; readonly choice: number; readonly text: string; readonly logprobs?: unknown }
  | { readonly kind: 'refusal'; readonly choice: number; readonly text: string; readonly logprobs?: unknown }
  | { readonly kind: 'reasoning'; readonly choice: number; readonly text: string }
  /** What the text refers to, as OpenAI's search models tell it. */
  | { readonly kind: 'annotations'; readonly choice: number; readonly annotations: readonly unknown[] }
  | {
      readonly kind: 'tool_start';
      readonly choice: number;
      readonly key: string | number | undefined;
      readonly id: string | undefined;
      readonly name: string;
      /** A tool that takes free text instead of JSON; its arguments are that text. */
      readonly isCustom?: boolean;
      /** What the provider wants back with the call, e.g. Gemini's thought signature; shown as `extra_content`. */
      readonly extra?: JsonObject | undefined;
    }
  /** `id` where the provider says it again; it tells a call apart better than `key`. */
  | {
      readonly kind: 'tool_args';
      readonly choice: number;
      readonly key: string | number | undefined;
      readonly id?: string | undefined;
      readonly text: string;
    }
  | { readonly kind: 'tool_end'; readonly choice: number; readonly key: string | number }
  /** `unknown` is the provider's word for it where nobody here knows it. */
  | { readonly kind: 'finish'; readonly choice: number; readonly reason: FinishReason; readonly unknown?: string }
  /** The latest counts; cumulative, so that the last one counts. */
  | { readonly kind: 'usage'; readonly usage: CanonicalUsage }
  /** The provider finished its whole answer; what may still come is not wanted. */
  | { readonly kind: 'end' }
  /** The answer ends here, with an error. */
  | CanonicalFailure;

/** A whole answer, whatever its wire. */
export interface CanonicalAnswer {
  readonly id: string | undefined;
  readonly model: string | undefined;
  /** Unix seconds. */
  readonly created: number | undefined;
  readonly serviceTier: string | undefined;
  readonly systemFingerprint: string | undefined;
  /** As in a stream's `start`. */
  readonly isUnlisted?: boolean;
  readonly choices: readonly CanonicalChoice[];
  readonly usage: CanonicalUsage | undefined;
}

/** One choice of a whole answer. `text` is null when the model wrote none. */
export interface CanonicalChoice {
  readonly index: number;
  readonly text: string | null;
  readonly reasoning: string | undefined;
  readonly refusal: string | null;
  readonly toolCalls: readonly CanonicalToolCall[];
  readonly annotations: readonly unknown[];
  readonly logprobs: unknown;
  readonly finish: FinishReason;
}

/**
 * A tool call of a whole answer; `arguments` is JSON text, `{}` when there are none, or the free text of a custom tool.
 */
export interface CanonicalToolCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly arguments: string;
  /** As in a stream's `tool_start`. */
  readonly isCustom?: boolean;
  /** As in a stream's `tool_start`. */
  readonly extra?: JsonObject | undefined;
}
