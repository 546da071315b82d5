import type { ErrorCode } from '../domain/errors.js';
import type { ReportedUsage, TokenUsage } from '../domain/pricing/tokens.js';
import type { JsonObject } from './json/json.js';

/** Why a choice ended, as OpenAI's value. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** Token counts in two forms: for the meter, and as the `usage` object for the caller. */
export interface CanonicalUsage extends ReportedUsage {
  readonly shown: JsonObject;
  /** A count in it is impossible. It is shown as far as possible, and the meter counts the tokens itself. */
  readonly isDoubtful?: boolean;
}

/** An error in place of an answer: under HTTP 200, or in a stream. */
export interface CanonicalFailure {
  readonly kind: 'failure';
  /** The provider's error, in any of the forms that `failure-body.ts` reads. */
  readonly body: JsonObject;
  /** The error code, if the wire family knows it. Otherwise it is read from the body. */
  readonly code?: ErrorCode;
}

/**
 * One event of a stream, independent of the wire. Every wire family translates its events into these, and one writer
 * turns them into OpenAI chunks. `choice` is the index of the choice. `key` identifies a tool call within its choice
 * during the stream. Keys need not be consecutive or begin at 0. `key` is undefined if the provider does not identify
 * its calls: each start is then a new call, and arguments belong to the latest one. Some providers identify a call and
 * its arguments by different fields, or send the arguments first.
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
      /** The answer was served at terms that no price list has; as in `ReportedUsage`. */
      readonly isUnlisted?: boolean;
      /** The tokens of the prompt, if the provider reports them before those of the answer. */
      readonly prompt?: TokenUsage | undefined;
    }
  /** The choice began. `content` is null if the provider announced that no text comes first. */
  | { readonly kind: 'open'; readonly choice: number; readonly content: '' | null }
  | { readonly kind: 'text'; readonly choice: number; readonly text: string; readonly logprobs?: unknown }
  | { readonly kind: 'refusal'; readonly choice: number; readonly text: string; readonly logprobs?: unknown }
  | { readonly kind: 'reasoning'; readonly choice: number; readonly text: string }
  /** The sources of the text, as in the answers of OpenAI's search models. */
  | { readonly kind: 'annotations'; readonly choice: number; readonly annotations: readonly unknown[] }
  | {
      readonly kind: 'tool_start';
      readonly choice: number;
      readonly key: string | number | undefined;
      readonly id: string | undefined;
      readonly name: string;
      /** A tool that takes free text instead of JSON. The text is its arguments. */
      readonly isCustom?: boolean;
      /** What the provider needs back with the call, such as Gemini's thought signature. Shown as `extra_content`. */
      readonly extra?: JsonObject | undefined;
    }
  /** `id` is set if the provider repeats it. It identifies a call better than `key`. */
  | {
      readonly kind: 'tool_args';
      readonly choice: number;
      readonly key: string | number | undefined;
      readonly id?: string | undefined;
      readonly text: string;
    }
  | { readonly kind: 'tool_end'; readonly choice: number; readonly key: string | number }
  /** `unknown` is the provider's finish reason, if Ringside does not know it. */
  | { readonly kind: 'finish'; readonly choice: number; readonly reason: FinishReason; readonly unknown?: string }
  /** The latest counts. They are cumulative, so the last ones count. */
  | { readonly kind: 'usage'; readonly usage: CanonicalUsage }
  /** The provider finished its answer. Anything after it is ignored. */
  | { readonly kind: 'end' }
  /** An error ends the answer. */
  | CanonicalFailure;

/** A complete answer, independent of the wire. */
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

/** One choice of a complete answer. `text` is null if the model wrote none. */
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
 * A tool call of a complete answer. `arguments` is JSON text, `{}` if there are none, or the free text of a custom
 * tool.
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
