import type { FinishReason } from '../../../src/upstream/canonical.js';
import type { JsonObject } from '../../../src/upstream/json/json.js';
import type { ProtocolName } from '../../../src/upstream/provider.js';
import type { PlannedExchange } from '../../support/provider-fixture.js';

/** What the server of a wire family answers, in order; most need one answer. */
export type ServedAnswers = readonly PlannedExchange['answer'][];

/**
 * A wire family as its providers speak it, written from their documentation and sharing no code with the gateway's own.
 */
export interface Dialect {
  readonly family: ProtocolName;
  /** A model that tells of all of it. */
  readonly model: string;
  readonly knows: {
    readonly tools: boolean;
    readonly images: boolean;
    readonly reasoning: boolean;
    readonly cachedTokens: boolean;
    /** An assistant's text goes out beside its tool calls. */
    readonly textBesideCalls: boolean;
    /** Tool calls and results bear the caller's ids. */
    readonly ids: boolean;
    readonly finishes: readonly FinishReason[];
  };
  /** Reads a request back. */
  heard(request: JsonObject): HeardConversation;
  /** Answers as a whole. */
  whole(answer: SpokenAnswer): ServedAnswers;
  /** Answers as a stream. */
  streamed(answer: SpokenAnswer): ServedAnswers;
}

/** A conversation as far as every family can tell it, flat and in its order. Texts are those between « and ». */
export interface HeardConversation {
  readonly system: readonly string[];
  readonly items: readonly HeardItem[];
  readonly tools: readonly HeardTool[];
}

/** One thing that was said; `id` is undefined where the family knows none. */
export type HeardItem =
  | { readonly kind: 'text'; readonly by: 'user' | 'assistant'; readonly text: string }
  | { readonly kind: 'image'; readonly mime: string; readonly base64: string }
  | { readonly kind: 'call'; readonly id: string | undefined; readonly name: string; readonly args: unknown }
  | { readonly kind: 'result'; readonly id: string | undefined; readonly said: unknown };

/** A tool of the request. */
export interface HeardTool {
  readonly name: string;
  readonly description: string | undefined;
  readonly parameters: unknown;
}

/** An answer to be put into a dialect: its parts in their order, each in the pieces that a stream gives it in. */
export interface SpokenAnswer {
  readonly parts: readonly SpokenPart[];
  readonly finish: FinishReason;
  readonly promptTokens: number;
  /** Among the prompt's. */
  readonly cachedTokens: number;
  readonly completionTokens: number;
}

/** A part of an answer; `args` is a call's JSON object as text. */
export type SpokenPart =
  | { readonly kind: 'reasoning' | 'text'; readonly pieces: readonly string[] }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly pieces: readonly string[] };

/** The texts of one kind in an answer, joined. */
export function joined(answer: SpokenAnswer, kind: 'reasoning' | 'text'): string {
  return answer.parts.map((part) => (part.kind === kind ? part.pieces.join('') : '')).join('');
}

/** The tool calls of an answer, their arguments parsed. */
export function callsOf({ parts }: SpokenAnswer) {
  return parts
    .filter((part) => part.kind === 'call')
    .map(({ id, name, pieces }) => ({
      id,
      name,
      text: pieces.join(''),
      args: JSON.parse(pieces.join('') || '{}') as unknown,
    }));
}

/** The marked texts in a string, wherever and however they were joined. */
export function textsIn(value: unknown): string[] {
  return typeof value === 'string' ? (value.match(/«[^»]*»/g) ?? []) : [];
}

/** What a tool said: an object where it was one, else its text. */
export function saidBy(content: unknown): unknown {
  if (typeof content !== 'string') return content;
  return content.startsWith('{') ? (JSON.parse(content) as unknown) : content;
}

/** A data: URL as an image. */
export function imageOf(url: string): HeardItem {
  const [, mime, base64] = /^data:([^;]+);base64,(.*)$/.exec(url)!;
  return { kind: 'image', mime: mime!, base64: base64! };
}

/** A JSON answer. */
export function jsonAnswer(body: unknown): ServedAnswers {
  return [{ status: 200, headers: { 'content-type': 'application/json' }, body }];
}

/** A stream of server-sent events. */
export function sseAnswer(chunks: readonly string[]): ServedAnswers {
  return [{ status: 200, headers: { 'content-type': 'text/event-stream' }, chunks }];
}
